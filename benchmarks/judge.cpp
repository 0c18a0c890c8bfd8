// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/judge.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "benchmarks/rank_tests.hpp"

namespace convcheck::benchmarks {
namespace {

// A judgement with the number of samples on the side that has fewer.
struct Measured {
  Judgement judgement;
  std::size_t samples = 0;
};

Measured measure(const Pairing& pairing) {
  Measured m;
  m.judgement.floor = pairing.floor;
  if (pairing.by_block) {
    const Samples ratios = paired_ratios(pairing.fresh, pairing.base);
    m.samples = ratios.size();
    m.judgement.time_ratio = median_interval(ratios);
    std::vector<double> differences;
    for (const double ratio : ratios.values) differences.push_back(std::log(ratio));
    m.judgement.p = signed_rank_p(differences);
    return m;
  }
  m.samples = std::min(pairing.base.size(), pairing.fresh.size());
  if (m.samples == 0) return m;
  m.judgement.time_ratio = ratio_of_medians(pairing.fresh, pairing.base);
  m.judgement.p = mann_whitney_p(pairing.base.values, pairing.fresh.values);
  return m;
}

double percent(double log_ratio) { return 100 * std::expm1(log_ratio); }

void decide(Judgement& j, std::size_t samples, const JudgeOptions& options) {
  if (samples < kMinSamples) {
    j.reason = fmt::format("{} samples on one side; an interval of {:.0f} % needs {}", samples,
                           100 * kConfidence, kMinSamples);
    return;
  }
  const double effect = std::log1p(options.min_effect);
  const double floor = std::log1p(j.floor);
  const double low = std::log(j.time_ratio.low) - floor;
  const double high = std::log(j.time_ratio.high) + floor;
  const double value = std::log(j.time_ratio.value);
  const bool significant = j.p_adjusted <= options.alpha;
  if (low > 0 && value >= effect && significant) {
    j.call = Call::kSlower;
  } else if (high < 0 && value <= -effect && significant) {
    j.call = Call::kFaster;
  } else if (low >= -effect && high <= effect) {
    j.call = Call::kSame;
  } else if (j.floor >= options.min_effect) {
    j.reason = fmt::format("the noise floor, {:.1f} %, is not below the least effect, {:.1f} %",
                           100 * j.floor, 100 * options.min_effect);
  } else if ((low > 0 || high < 0) && !significant) {
    j.reason = fmt::format("by ranks p is {:.2g} after correction, above {:.2g}", j.p_adjusted,
                           options.alpha);
  } else {
    j.reason = fmt::format("noise included, the change is from {:+.1f} % to {:+.1f} %",
                           percent(low), percent(high));
  }
}

}  // namespace

const char* to_string(Call call) {
  switch (call) {
    case Call::kFaster:
      return "faster";
    case Call::kSlower:
      return "slower";
    case Call::kSame:
      return "same";
    case Call::kInconclusive:
      return "inconclusive";
  }
  return "?";
}

std::vector<Judgement> judge(std::span<const Pairing> pairings, const JudgeOptions& options) {
  std::vector<Measured> measured;
  std::vector<double> p;
  for (const Pairing& pairing : pairings) {
    measured.push_back(measure(pairing));
    p.push_back(measured.back().judgement.p);
  }
  const std::vector<double> adjusted = holm_adjusted(p);
  std::vector<Judgement> judgements;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    judgements.push_back(measured[i].judgement);
    judgements.back().p_adjusted = adjusted[i];
    decide(judgements.back(), measured[i].samples, options);
  }
  return judgements;
}

double noise_floor(const Estimate& same_engine_ratio) {
  if (same_engine_ratio.low <= 0) return std::numeric_limits<double>::infinity();
  return std::max(same_engine_ratio.high, 1 / same_engine_ratio.low) - 1;
}

}  // namespace convcheck::benchmarks
