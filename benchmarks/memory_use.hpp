// SPDX-License-Identifier: Apache-2.0
// What a stretch of work takes of memory: allocations counted, resident memory at its highest.
#pragma once

#include <cstdint>
#include <optional>

namespace convcheck::benchmarks {

/// Allocations by this process, all threads, while one of these lives: calls of malloc, calloc,
/// realloc and the aligned ones, which operator new ends in too. Memory that is mapped directly is
/// not counted. Not nested.
class AllocationCount {
 public:
  AllocationCount();
  ~AllocationCount();
  AllocationCount(const AllocationCount&) = delete;
  AllocationCount& operator=(const AllocationCount&) = delete;

  /// Nothing under a sanitizer, which has an allocator of its own, and with other C libraries than
  /// glibc.
  [[nodiscard]] std::optional<std::int64_t> so_far() const;
};

/// How much resident memory grows, at its highest.
class PeakMemory {
 public:
  /// From here on. Gives back what the allocator holds unused, so that it is not used first.
  void reset();
  /// Bytes at the highest point since `reset` beyond those resident then; nothing where the kernel
  /// does not say (Linux's /proc/self/clear_refs and status).
  [[nodiscard]] std::optional<std::uint64_t> growth_bytes() const;

 private:
  std::optional<std::uint64_t> start_bytes_;
};

}  // namespace convcheck::benchmarks
