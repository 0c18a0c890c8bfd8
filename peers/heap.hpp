// SPDX-License-Identifier: Apache-2.0
// The heap around calls: not clean when memory is handed out, and no larger from call to call.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/case.hpp"

namespace convcheck::peers {

/// While it lives, memory that malloc hands out holds large numbers, not zeros (glibc; elsewhere
/// nothing changes): an engine that reads its workspace before it wrote it shows.
class DirtyHeap {
 public:
  DirtyHeap();
  ~DirtyHeap();
  DirtyHeap(const DirtyHeap&) = delete;
  DirtyHeap& operator=(const DirtyHeap&) = delete;
};

/// Whether each of many calls of one plan leaves memory behind: a leak grows by as much in one half
/// of the calls as in the other, a cache that fills up does not.
class HeapGrowth {
 public:
  /// Fewer calls than kCalls are not judged.
  explicit HeapGrowth(int calls) : calls_(calls) {}
  /// After call number `call`, from 0.
  void note(int call);
  [[nodiscard]] std::optional<Finding> finding() const;

  static constexpr int kCalls = 90;

 private:
  int calls_;
  std::array<std::size_t, 3> allocated_{};  // After a third, two thirds and all of the calls.
};

}  // namespace convcheck::peers
