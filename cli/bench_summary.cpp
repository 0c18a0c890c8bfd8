// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_summary.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "benchmarks/statistics.hpp"
#include "reports/score.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

using reports::Document;
using reports::TimingEntry;

std::string threads_text(int n) { return fmt::format("{} thread{}", n, n == 1 ? "" : "s"); }

std::set<int> thread_counts(const Document& document) {
  std::set<int> counts;
  for (const TimingEntry& t : document.timings) counts.insert(t.threads);
  return counts;
}

void print_limits(const Document& document) {
  for (const int n : thread_counts(document)) {
    std::string line;
    for (const reports::LimitEntry& limit : document.limits) {
      if (limit.threads != n) continue;
      const std::string what =
          limit.type.empty() ? limit.name : fmt::format("{} {}", limit.name, limit.type);
      const std::string value = limit.unit == "s"
                                    ? reports::format_seconds(limit.value)
                                    : fmt::format("{:.4g} {}", limit.value, limit.unit);
      const std::string by = limit.by.empty() ? "" : fmt::format(" ({})", limit.by);
      line += fmt::format("{}{} {}{}", line.empty() ? "" : ", ", what, value, by);
    }
    fmt::print("limits, {}: {}\n", threads_text(n), line);
  }
  std::string caches;
  for (const reports::CacheEntry& c : document.caches)
    caches += fmt::format("{}L{} {} KiB ({})", caches.empty() ? "" : ", ", c.level, c.bytes >> 10,
                          c.source);
  if (!caches.empty()) fmt::print("caches: {}\n", caches);
}

// The timed entries of an engine with `threads` threads.
std::vector<const TimingEntry*> timed(const Document& document, const std::string& engine,
                                      int threads) {
  std::vector<const TimingEntry*> list;
  for (const TimingEntry& t : document.timings) {
    if (t.engine == engine && t.threads == threads && t.same_as.empty() && t.status == "timed")
      list.push_back(&t);
  }
  return list;
}

// Geometric mean of the first engine's ratio to the best other, over the problems both sides ran,
// and how many of them are more than noise.
void print_ratios(const Document& document, const std::string& first) {
  for (const int n : thread_counts(document)) {
    std::vector<double> ratios;
    std::vector<double> floors;
    int faster = 0;
    int slower = 0;
    for (const TimingEntry* t : timed(document, first, n)) {
      if (!t->ratio) continue;
      faster += t->ratio->call == "faster" ? 1 : 0;
      slower += t->ratio->call == "slower" ? 1 : 0;
      if (!t->ratio->bound.empty()) continue;
      ratios.push_back(t->ratio->value);
      floors.push_back(t->noise_floor);
    }
    if (ratios.empty()) continue;
    fmt::print(
        "{}, {}: {:.2f} times the best other engine's speed (geometric mean of {} problems); "
        "faster "
        "on {}, slower on {}; the noise floor is {:.1f} % in the median\n",
        first, threads_text(n), benchmarks::geometric_mean(ratios), ratios.size(), faster, slower,
        100 * benchmarks::median(floors));
  }
}

using Samples = std::vector<double> TimingEntry::*;

// How many times longer a call takes; empty where nothing was timed cold.
std::string cold_text(const std::vector<const TimingEntry*>& entries, Samples samples,
                      const char* name) {
  std::vector<double> ratios;
  for (const TimingEntry* t : entries) {
    if (!(t->*samples).empty())
      ratios.push_back(benchmarks::median(t->*samples) / t->median_seconds);
  }
  if (ratios.empty()) return {};
  return fmt::format("; {} {:.2f} times the hot time ({} problems)", name,
                     benchmarks::geometric_mean(ratios), ratios.size());
}

void print_parts(const Document& document) {
  for (const reports::EngineEntry& engine : document.engines) {
    for (const int n : thread_counts(document)) {
      const std::vector<const TimingEntry*> entries = timed(document, engine.name, n);
      std::optional<double> allocations;
      std::optional<double> memory;
      for (const TimingEntry* t : entries) {
        allocations = std::max(allocations, t->allocations);
        memory = std::max(memory, t->peak_memory_bytes);
      }
      std::string line;
      if (allocations) line += fmt::format("; at most {:.3g} allocations a call", *allocations);
      if (memory) line += fmt::format("; at most {:.1f} MB of its own", *memory / 1e6);
      line += cold_text(entries, &TimingEntry::cold_weights_samples_seconds, "weights cold");
      line += cold_text(entries, &TimingEntry::cold_samples_seconds, "all cold");
      if (!line.empty()) fmt::print("{}, {}{}\n", engine.name, threads_text(n), line);
    }
  }
}

// A twin that is not timed for the reason that its engine is not.
bool is_repeated(const Document& document, const TimingEntry& twin) {
  return std::any_of(document.timings.begin(), document.timings.end(), [&](const TimingEntry& t) {
    return t.engine == twin.same_as && t.problem == twin.problem && t.label == twin.label &&
           t.threads == twin.threads && t.reason == twin.reason;
  });
}

}  // namespace

void print_bench_summary(const Document& document) {
  const std::string& first = document.engines.front().name;
  print_limits(document);
  fmt::print(
      "\nGFLOP/s over taps inside the input, percent of the least time by those limits; * is the "
      "fastest;\nratio: best other engine's time / {}'s time, with ~ where the noise is as large "
      "as "
      "the difference.\n\n{}\n",
      first, reports::to_text(reports::timing_table(document)));
  fmt::print("{}:\n\n{}\n", reports::score_heading(document.scores),
             reports::to_text(reports::score_table(document.scores)));
  if (document.engines.size() > 1) print_ratios(document, first);
  print_parts(document);
  for (const TimingEntry& t : document.timings) {
    if (t.status != "timed" && !is_repeated(document, t))
      fmt::print("{} on {} ({}): {}: {}\n", t.engine, t.label.empty() ? t.problem : t.label,
                 threads_text(t.threads), t.status, t.reason);
  }
}

}  // namespace convcheck::cli
