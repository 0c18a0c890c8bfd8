// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/limits.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "benchmarks/fork_join.hpp"

namespace convcheck::benchmarks {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// The element of `list` that `is` finds, or `fresh` added to it.
template <typename T, typename Is>
T& known_or_new(std::vector<T>& list, const Is& is, T fresh) {
  const auto known = std::find_if(list.begin(), list.end(), is);
  if (known != list.end()) return *known;
  list.push_back(std::move(fresh));
  return list.back();
}

}  // namespace

const FmaPeak* Limits::peak(ElementType type, int threads) const {
  const auto found = std::find_if(peaks.begin(), peaks.end(), [&](const FmaPeak& p) {
    return p.type == peak_type(type) && p.threads == threads;
  });
  return found == peaks.end() ? nullptr : &*found;
}

const Bandwidth* Limits::bandwidth(const std::string& level, int threads) const {
  const auto found = std::find_if(bandwidths.begin(), bandwidths.end(), [&](const Bandwidth& b) {
    return b.level == level && b.threads == threads;
  });
  return found == bandwidths.end() ? nullptr : &*found;
}

bool sample_peaks(Limits& limits, const std::vector<ElementType>& types,
                  const std::vector<int>& threads, int samples, double sample_seconds,
                  const std::function<bool()>& stop) {
  std::set<ElementType> measured;
  for (const ElementType x : types) {
    const ElementType type = peak_type(x);
    if (!measured.insert(type).second) continue;
    for (const int n : threads) {
      if (stop()) return false;
      auto fresh = measure_fma_peak(type, n, samples, sample_seconds);
      if (!fresh) continue;
      FmaPeak empty = *fresh;
      empty.samples_gflops.clear();
      empty.cpu_shares.clear();
      FmaPeak& peak = known_or_new(
          limits.peaks, [&](const FmaPeak& p) { return p.type == type && p.threads == n; }, empty);
      append(peak.samples_gflops, fresh->samples_gflops);
      append(peak.cpu_shares, fresh->cpu_shares);
    }
  }
  return true;
}

bool sample_memory(Limits& limits, const std::vector<int>& threads, int samples,
                   double sample_seconds, const std::function<bool()>& stop) {
  if (limits.caches.empty()) limits.caches = cache_sizes();
  for (const int n : threads) {
    if (stop()) return false;
    for (const Bandwidth& fresh : measure_bandwidth(limits.caches, n, samples, sample_seconds)) {
      Bandwidth empty = fresh;
      empty.samples_gbytes.clear();
      Bandwidth& known = known_or_new(
          limits.bandwidths,
          [&](const Bandwidth& b) { return b.level == fresh.level && b.threads == n; }, empty);
      append(known.samples_gbytes, fresh.samples_gbytes);
    }
    ForkJoin& known =
        known_or_new(limits.fork_joins, [&](const ForkJoin& f) { return f.threads == n; }, {n, {}});
    append(known.samples_seconds, fork_join_seconds(n, samples, sample_seconds));
  }
  return true;
}

double compulsory_bytes(const Chain& chain) {
  double bytes = 0;
  for (const OperandSpec& spec : operand_specs(chain))
    bytes +=
        static_cast<double>(element_count(spec.shape)) * static_cast<double>(size_bytes(spec.type));
  return bytes;
}

std::optional<Roof> roof_of(const Limits& limits, const Chain& chain, int threads) {
  const FmaPeak* peak = limits.peak(chain.front().x_type, threads);
  if (peak == nullptr) return std::nullopt;
  Roof roof{2 * chain.valid_macs() / (1e9 * peak->best_gflops()), "fma-peak"};
  const double bytes = compulsory_bytes(chain);
  const std::string level = level_of(bytes, limits.caches, threads);
  const Bandwidth* rate = limits.bandwidth(level, threads);
  if (rate == nullptr) return roof;
  const double seconds = bytes / (1e9 * rate->best_gbytes());
  if (seconds > roof.seconds) roof = {seconds, fmt::format("bandwidth-{}", level)};
  return roof;
}

}  // namespace convcheck::benchmarks
