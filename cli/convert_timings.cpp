// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "benchmarks/statistics.hpp"
#include "cli/convert.hpp"

namespace convcheck::cli {
namespace {

reports::RatioEntry ratio_entry(const benchmarks::Ratio& ratio) {
  using Bound = benchmarks::Ratio::Bound;
  const char* bound = ratio.bound == Bound::kAtLeast  ? "at-least"
                      : ratio.bound == Bound::kAtMost ? "at-most"
                                                      : "";
  return {.other = ratio.other,
          .value = ratio.value.value,
          .low = ratio.value.low,
          .high = ratio.value.high,
          .confidence = ratio.value.confidence,
          .p_value = ratio.p,
          .bound = bound,
          .call = benchmarks::to_string(ratio.call),
          .text = ratio.text()};
}

reports::TimingEntry timing_entry(const benchmarks::BenchEntry& e) {
  reports::TimingEntry t;
  t.engine = e.engine;
  t.suite = e.suite;
  t.family = e.family;
  t.problem = e.problem;
  t.label = e.label;
  t.threads = e.threads;
  t.layout = e.layout;
  t.status = benchmarks::to_string(e.status);
  t.reason = e.reason;
  t.algorithm = e.algorithm;
  t.verified = e.verified;
  t.verified_outputs = e.verified_outputs;
  t.outputs = e.outputs;
  t.verified_after = e.verified_after;
  t.self_timed = e.self_timed;
  t.samples_seconds = e.samples_seconds;
  t.sample_calls = e.sample_calls;
  t.sample_launches = e.sample_launches;
  t.sample_blocks = e.sample_blocks;
  t.noise_floor = e.noise_floor;
  if (e.ratio) t.ratio = ratio_entry(*e.ratio);
  t.median_seconds = e.median_seconds;
  t.with_conversion_seconds = e.with_conversion_seconds;
  t.prepare_seconds = e.prepare_seconds;
  t.pack_seconds = e.pack_seconds;
  t.workspace_bytes = e.workspace_bytes;
  t.flops = e.flops;
  t.nominal_flops = e.nominal_flops;
  t.gflops = e.gflops;
  t.peak_percent = e.peak_percent;
  t.compulsory_bytes = e.compulsory_bytes;
  t.limit_seconds = e.limit_seconds;
  t.limit_by = e.limit_by;
  t.limit_percent = e.limit_percent;
  t.cold_weights_samples_seconds = e.cold_weights_samples_seconds;
  t.cold_samples_seconds = e.cold_samples_seconds;
  t.allocations = e.allocations;
  if (e.peak_memory_bytes) t.peak_memory_bytes = static_cast<double>(*e.peak_memory_bytes);
  t.instructions = e.counters.instructions;
  t.cycles = e.counters.cycles;
  t.cache_misses = e.counters.cache_misses;
  t.lower_bound_seconds = e.lower_bound_seconds;
  t.best = e.best;
  return t;
}

void add_limits(const benchmarks::BenchResult& result, reports::Document& document) {
  const benchmarks::Limits& limits = result.limits;
  for (const benchmarks::FmaPeak& peak : limits.peaks)
    document.limits.push_back({"fma-peak", std::string(to_string(peak.type)), peak.threads,
                               peak.best_gflops(), "GFLOP/s", peak.samples_gflops, peak.target});
  for (const benchmarks::Bandwidth& rate : limits.bandwidths)
    document.limits.push_back({fmt::format("bandwidth-{}", rate.level), "", rate.threads,
                               rate.best_gbytes(), "GB/s", rate.samples_gbytes, ""});
  for (const benchmarks::ForkJoin& cost : limits.fork_joins)
    document.limits.push_back({"fork-join", "", cost.threads,
                               benchmarks::median(cost.samples_seconds), "s", cost.samples_seconds,
                               ""});
  for (const benchmarks::CacheSize& size : limits.caches)
    document.caches.push_back({size.level, size.bytes, size.shared_by, size.source});
  document.flush_bytes = result.flush_bytes;
}

}  // namespace

void add_timings(const benchmarks::BenchResult& result, reports::Document& document) {
  add_limits(result, document);
  for (const benchmarks::BenchEntry& e : result.entries)
    document.timings.push_back(timing_entry(e));
  for (const benchmarks::BenchEntry& e : result.twins) {
    reports::TimingEntry twin = timing_entry(e);
    twin.same_as = e.engine;
    twin.engine = fmt::format("{} (again)", e.engine);
    document.timings.push_back(std::move(twin));
  }
}

}  // namespace convcheck::cli
