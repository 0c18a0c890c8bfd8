// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

#include "core/random.hpp"

namespace convcheck::benchmarks {
namespace {

constexpr int kResamples = 2000;
constexpr std::uint64_t kSeed = 0x636f6e76;

// Quantile of sorted, non-empty samples.
double quantile_of_sorted(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

// As median, but without sorting all: resamples are many.
double median_in_place(std::vector<double>& values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double range_confidence(std::size_t n) { return 1 - std::ldexp(1.0, 1 - static_cast<int>(n)); }

// Draws samples with replacement: groups first where there are several.
class Resampler {
 public:
  explicit Resampler(const Samples& samples) {
    std::map<int, std::vector<double>> groups;
    for (std::size_t i = 0; i < samples.size(); ++i)
      groups[samples.groups.empty() ? 0 : samples.groups[i]].push_back(samples.values[i]);
    for (auto& [group, values] : groups) groups_.push_back(std::move(values));
  }

  double median(Random& random) {
    drawn_.clear();
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      const std::vector<double>& group = groups_[below(random, groups_.size())];
      for (std::size_t i = 0; i < group.size(); ++i)
        drawn_.push_back(group[below(random, group.size())]);
    }
    return median_in_place(drawn_);
  }

 private:
  static std::size_t below(Random& random, std::size_t n) {
    return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(n)));
  }

  std::vector<std::vector<double>> groups_;
  std::vector<double> drawn_;
};

Estimate percentiles(double value, std::vector<double> replicates) {
  std::sort(replicates.begin(), replicates.end());
  constexpr double kTail = (1 - kConfidence) / 2;
  return {value, quantile_of_sorted(replicates, kTail), quantile_of_sorted(replicates, 1 - kTail),
          kConfidence};
}

}  // namespace

double median(std::vector<double> samples) { return quantile(std::move(samples), 0.5); }

double quantile(std::vector<double> samples, double q) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  return quantile_of_sorted(samples, q);
}

double relative_spread(std::vector<double> samples) {
  if (samples.size() < 2) return 0;
  std::sort(samples.begin(), samples.end());
  return (quantile_of_sorted(samples, 0.75) - quantile_of_sorted(samples, 0.25)) /
         quantile_of_sorted(samples, 0.5);
}

double geometric_mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return values.empty() ? 1 : std::exp(sum / static_cast<double>(values.size()));
}

Estimate median_interval(const Samples& samples) {
  const double value = median(samples.values);
  if (samples.size() < kMinSamples) {
    if (samples.values.empty()) return {};
    const auto [low, high] = std::minmax_element(samples.values.begin(), samples.values.end());
    return {value, *low, *high, range_confidence(samples.size())};
  }
  Random random(kSeed);
  Resampler resampler(samples);
  std::vector<double> replicates(kResamples);
  for (double& replicate : replicates) replicate = resampler.median(random);
  return percentiles(value, std::move(replicates));
}

Estimate ratio_of_medians(const Samples& numerator, const Samples& denominator) {
  const double value = median(numerator.values) / median(denominator.values);
  if (std::min(numerator.size(), denominator.size()) < kMinSamples) {
    const Estimate a = median_interval(numerator);
    const Estimate b = median_interval(denominator);
    // Both ranges hold at once with at least this probability (Bonferroni).
    return {value, a.low / b.high, a.high / b.low, std::max(0.0, a.confidence + b.confidence - 1)};
  }
  Random random(kSeed);
  Resampler above(numerator);
  Resampler below(denominator);
  std::vector<double> replicates(kResamples);
  for (double& replicate : replicates) {
    const double top = above.median(random);
    replicate = top / below.median(random);
  }
  return percentiles(value, std::move(replicates));
}

Samples paired_ratios(const Samples& numerator, const Samples& denominator) {
  const auto turn = [](const Samples& samples, std::size_t i) {
    return samples.blocks.empty() ? static_cast<int>(i) : samples.blocks[i];
  };
  Samples ratios;
  for (std::size_t i = 0, j = 0; i < numerator.size() && j < denominator.size();) {
    const int above = turn(numerator, i);
    const int below = turn(denominator, j);
    if (above == below) {
      ratios.values.push_back(numerator.values[i] / denominator.values[j]);
      if (!numerator.groups.empty()) ratios.groups.push_back(numerator.groups[i]);
      ratios.blocks.push_back(above);
    }
    i += above <= below ? 1 : 0;
    j += below <= above ? 1 : 0;
  }
  return ratios;
}

Estimate paired_ratio(const Samples& numerator, const Samples& denominator) {
  return median_interval(paired_ratios(numerator, denominator));
}

}  // namespace convcheck::benchmarks
