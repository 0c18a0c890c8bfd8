// SPDX-License-Identifier: Apache-2.0
// The limit of memory: how many bytes per second this machine reads from each of its caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/cache_sizes.hpp"

namespace convcheck::benchmarks {

/// The sum of `count` floats, by vectors of the best target of this CPU, eight loads in flight:
/// what is timed, and its result what shows that every element was read. `count` is a multiple of
/// read_unit().
double sum_of(const float* data, std::size_t count);
/// Floats of eight vectors.
std::size_t read_unit();

struct Bandwidth {
  std::string level;  ///< "l1", "l2", "l3", "dram".
  int threads = 1;
  std::uint64_t working_set_bytes = 0;  ///< Of all threads.
  std::vector<double> samples_gbytes;   ///< 1e9 bytes per second, of all threads.

  /// The fastest sample: what results are a percentage of.
  [[nodiscard]] double best_gbytes() const;
};

/// What is gone through to measure a level, by all of `threads` threads: half of a cache that each
/// thread has (levels 1 and 2), half of level 3 (at most 16 MiB of it: in a virtual machine the
/// rest is another's), or four times its 32 MiB for memory itself.
std::uint64_t working_set_bytes(const std::string& level, const std::vector<CacheSize>&,
                                int threads);

/// Reads of "l1", "l2", "l3" and "dram", in this order, each thread its own part again and again
/// for about `sample_seconds`; `samples` >= 1 of them.
std::vector<Bandwidth> measure_bandwidth(const std::vector<CacheSize>&, int threads, int samples,
                                         double sample_seconds);

/// The level that `bytes` bytes live in when they are used again and again by `threads` threads:
/// the innermost that holds them, those of level 1 and 2 being `threads` caches.
std::string level_of(double bytes, const std::vector<CacheSize>&, int threads);

}  // namespace convcheck::benchmarks
