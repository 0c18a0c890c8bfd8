// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include "benchmarks/bench.hpp"
#include "benchmarks/rank_tests.hpp"
#include "benchmarks/statistics.hpp"

namespace convcheck::benchmarks {
namespace {

bool is_over(const BenchEntry& e) { return e.status == BenchStatus::kOverBudget; }

double seconds(const BenchEntry& e) {
  return is_over(e) ? e.lower_bound_seconds : e.median_seconds;
}

const BenchEntry* best_other(const BenchEntry& entry, std::span<const BenchEntry> entries) {
  const BenchEntry* best = nullptr;
  for (const BenchEntry& other : entries) {
    const bool rival = other.problem_index == entry.problem_index &&
                       other.threads == entry.threads && other.engine != entry.engine;
    if (!rival || (other.status != BenchStatus::kTimed && !is_over(other))) continue;
    // A time is worth more than a bound on one, however small the bound.
    const bool better = best == nullptr || (is_over(*best) && !is_over(other)) ||
                        (is_over(*best) == is_over(other) && seconds(other) < seconds(*best));
    if (better) best = &other;
  }
  return best;
}

// The samples of the turns that both have.
std::pair<Samples, Samples> common_turns(const BenchEntry& a, const BenchEntry& b) {
  std::pair<Samples, Samples> common;
  for (std::size_t i = 0; i < a.samples_seconds.size(); ++i) {
    const auto found =
        std::find(b.sample_blocks.begin(), b.sample_blocks.end(), a.sample_blocks[i]);
    if (found == b.sample_blocks.end()) continue;
    const auto j = static_cast<std::size_t>(found - b.sample_blocks.begin());
    common.first.values.push_back(a.samples_seconds[i]);
    common.first.groups.push_back(a.sample_launches[i]);
    common.second.values.push_back(b.samples_seconds[j]);
    common.second.groups.push_back(b.sample_launches[j]);
  }
  return common;
}

void judge_samples(const BenchEntry& entry, const BenchEntry& other, Ratio& ratio) {
  Pairing pairing;
  std::tie(pairing.base, pairing.fresh) = common_turns(other, entry);
  if (pairing.base.size() == 0) return;
  pairing.by_block = true;
  pairing.floor = entry.noise_floor;
  const JudgeOptions options{.min_effect = 0, .alpha = 1 - kConfidence};
  const Judgement judgement = judge(std::span(&pairing, 1), options).front();
  const Estimate& time = judgement.time_ratio;
  ratio.value = {1 / time.value, 1 / time.high, 1 / time.low, time.confidence};
  ratio.p = mann_whitney_p(pairing.base.values, pairing.fresh.values);
  const bool called = judgement.call == Call::kFaster || judgement.call == Call::kSlower;
  if (called && ratio.p <= options.alpha) ratio.call = judgement.call;
}

}  // namespace

std::string Ratio::text() const {
  switch (bound) {
    case Bound::kAtLeast:
      return fmt::format(">= {:.3g}", value.value);
    case Bound::kAtMost:
      return fmt::format("<= {:.3g}", value.value);
    case Bound::kNone:
      break;
  }
  return fmt::format("{}{:.2f}", call == Call::kInconclusive ? "~" : "", value.value);
}

std::optional<Ratio> ratio_to_best_other(const BenchEntry& entry,
                                         std::span<const BenchEntry> entries) {
  const BenchEntry* best = best_other(entry, entries);
  const bool comparable = entry.status == BenchStatus::kTimed || is_over(entry);
  if (!comparable || best == nullptr || (is_over(entry) && is_over(*best))) return std::nullopt;
  Ratio ratio;
  ratio.other = best->engine;
  const double value = seconds(*best) / seconds(entry);
  ratio.value = {value, value, value, 0};
  if (is_over(*best)) {
    ratio.bound = Ratio::Bound::kAtLeast;
    if (value > 1) ratio.call = Call::kFaster;
  } else if (is_over(entry)) {
    ratio.bound = Ratio::Bound::kAtMost;
    if (value < 1) ratio.call = Call::kSlower;
  } else {
    judge_samples(entry, *best, ratio);
  }
  return ratio;
}

double noise_floor(const BenchEntry& engine, const BenchEntry& twin) {
  const auto [first, second] = common_turns(twin, engine);
  if (first.size() == 0) return noise_floor(Estimate{});
  return noise_floor(paired_ratio(first, second));
}

}  // namespace convcheck::benchmarks
