// SPDX-License-Identifier: Apache-2.0
// The data caches of the processor, and who says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convcheck::benchmarks {

struct CacheSize {
  int level = 1;
  std::uint64_t bytes = 0;
  /// Processors that share it; 1 where nobody says.
  int shared_by = 1;
  /// "sysfs", "sysconf", "assumed".
  std::string source;
};

/// Levels 1 to 3, each from the first of these that knows it: Linux's
/// /sys/devices/system/cpu/cpu0/cache, the C library's sysconf (which asks CPUID and may name the
/// whole socket's cache in a virtual machine), or the assumption of 32 KiB, 1 MiB and 32 MiB.
/// `root` stands in for "/" in tests.
std::vector<CacheSize> cache_sizes(const std::string& root = "/");

/// 2 (L2 + L3), what is read to push everything else out of the caches; at most kMaxFlushBytes,
/// where a virtual machine is told of more than it has.
std::uint64_t flush_bytes(const std::vector<CacheSize>&);
inline constexpr std::uint64_t kMaxFlushBytes = std::uint64_t{1} << 26;

}  // namespace convcheck::benchmarks
