// SPDX-License-Identifier: Apache-2.0
// Pushes everything out of the caches, and single operands back in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace convcheck::benchmarks {

/// Memory that is gone through line by line, so that the caches hold it and nothing else.
class CacheFlush {
 public:
  /// Nothing is flushed with 0 bytes.
  explicit CacheFlush(std::uint64_t bytes) : memory_(static_cast<std::size_t>(bytes)) {}
  /// Writes every line of it, while `threads` - 1 other threads read them, for caches that belong
  /// to one processor. Where the threads run is up to the system.
  void flush(int threads);
  [[nodiscard]] std::size_t bytes() const { return memory_.size(); }

 private:
  std::vector<unsigned char> memory_;
};

/// Reads every cache line of it.
void touch(const void* memory, std::size_t bytes);

}  // namespace convcheck::benchmarks
