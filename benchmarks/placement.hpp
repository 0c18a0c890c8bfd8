// SPDX-License-Identifier: Apache-2.0
// Memory for timed operands: the same kind of pages and alignment for every engine.
#pragma once

#include <cstddef>

#include "core/result.hpp"

namespace convcheck::benchmarks {

/// One operand's memory: zeroed small pages (no transparent huge pages), touched before use, at an
/// address that is a multiple of max(64, alignment_bytes).
class Placement {
 public:
  Placement() = default;
  ~Placement();
  Placement(Placement&& other) noexcept;
  Placement& operator=(Placement&& other) noexcept;

  /// `slack_bytes` more can be read past the end. `index` counts the operands of one case: each
  /// starts elsewhere within its page, so that no two meet in the same sets of the cache and no
  /// load waits for a store 4 KiB away. kIo if the memory is not to be had.
  static Result<Placement> make(std::size_t bytes, std::size_t slack_bytes,
                                std::size_t alignment_bytes, std::size_t index);

  [[nodiscard]] void* data() const { return data_; }
  /// What it takes of the machine's memory.
  [[nodiscard]] std::size_t resident_bytes() const { return mapping_bytes_; }

 private:
  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  void* data_ = nullptr;
};

}  // namespace convcheck::benchmarks
