// SPDX-License-Identifier: Apache-2.0
// The tensors of a case in a file in memory that two processes map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/case.hpp"
#include "core/tensor.hpp"
#include "peers/child_process.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {

/// The parent's side: an anonymous file that grows with the largest case and never shrinks, so that
/// nobody who maps it can be hit by SIGBUS. It has no name, so nothing is ever left behind.
class SharedTensors {
 public:
  SharedTensors() = default;
  SharedTensors(SharedTensors&&) = delete;
  ~SharedTensors();

  /// kIo with errno's text.
  Status open();
  [[nodiscard]] int fd() const { return file_.get(); }

  /// Lays out the operands of a case, the written one included, with gaps between, and makes the
  /// file large enough. kIo if the memory is not there.
  Status place(const std::vector<OperandSpec>&);
  [[nodiscard]] const std::vector<TensorPlace>& places() const { return places_; }
  [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
  [[nodiscard]] std::byte* at(const TensorPlace& place) { return memory_ + place.offset; }

  /// Fills the bytes between tensors with a pattern, and finds what has changed since: the operand
  /// after which (or before the first of which) the first changed byte stands, and its offset
  /// there.
  void fill_gaps();
  struct ChangedGap {
    std::size_t place;
    std::int64_t offset_bytes;
  };
  [[nodiscard]] std::optional<ChangedGap> changed_gap() const;

 private:
  Descriptor file_;
  std::byte* memory_ = nullptr;
  std::size_t capacity_ = 0;
  std::vector<TensorPlace> places_;
  std::uint64_t used_bytes_ = 0;
};

/// The worker's side.
class MappedTensors {
 public:
  explicit MappedTensors(int fd) : fd_(fd) {}
  MappedTensors(MappedTensors&&) = delete;
  ~MappedTensors();
  /// The first `bytes` of the file; kIo if it is smaller or cannot be mapped.
  Result<std::byte*> map(std::uint64_t bytes);

 private:
  int fd_;
  std::byte* memory_ = nullptr;
  std::size_t mapped_ = 0;
};

}  // namespace convcheck::peers
