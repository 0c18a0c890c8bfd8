// SPDX-License-Identifier: Apache-2.0
// What the machine can do at most, measured in the run whose results it is to stand beside.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/bandwidth.hpp"
#include "benchmarks/cache_sizes.hpp"
#include "benchmarks/fma_peak.hpp"
#include "core/chain.hpp"

namespace convcheck::benchmarks {

struct ForkJoin {
  int threads = 1;
  std::vector<double> samples_seconds;
};

/// Grows all through a run.
struct Limits {
  std::vector<CacheSize> caches;
  std::vector<FmaPeak> peaks;         ///< One per type and number of threads.
  std::vector<Bandwidth> bandwidths;  ///< One per level and number of threads.
  std::vector<ForkJoin> fork_joins;   ///< One per number of threads.

  [[nodiscard]] const FmaPeak* peak(ElementType type, int threads) const;
  [[nodiscard]] const Bandwidth* bandwidth(const std::string& level, int threads) const;
};

/// Adds `samples` of about `sample_seconds` each to the peaks that limit inputs of these `types`,
/// for every number of threads. False if `stop` said so in between.
bool sample_peaks(Limits&, const std::vector<ElementType>& types, const std::vector<int>& threads,
                  int samples, double sample_seconds, const std::function<bool()>& stop);
/// The same for bandwidths and the cost of fork and join; caches are looked up if they are not
/// known.
bool sample_memory(Limits&, const std::vector<int>& threads, int samples, double sample_seconds,
                   const std::function<bool()>& stop);

/// The least time that a problem can take on this machine by what was measured of it.
///
///   t_min = max(flops / peak, bytes / rate)
///
/// flops: 2 per multiply-add whose tap lies inside x; an algorithm with fewer multiplications can
/// be faster. bytes: every operand read or written once, at the rate of the level that holds them
/// all together, from which they come in calls that follow each other.
struct Roof {
  double seconds = 0;
  std::string by;  ///< "fma-peak", "bandwidth-l2".
};
/// Bytes of every operand of the chain, each once.
double compulsory_bytes(const Chain&);
/// Nothing where the peak of the chain's type was not sampled.
std::optional<Roof> roof_of(const Limits&, const Chain&, int threads);

}  // namespace convcheck::benchmarks
