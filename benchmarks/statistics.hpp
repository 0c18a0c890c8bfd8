// SPDX-License-Identifier: Apache-2.0
// What raw samples come to: medians and ratios, each with the interval the samples allow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace convcheck::benchmarks {

/// The middle sample, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> samples);

/// Quantile q in [0, 1], linear between neighbours; 0 of none.
double quantile(std::vector<double> samples, double q);

/// (third quartile - first quartile) / median; 0 of fewer than two samples.
double relative_spread(std::vector<double> samples);

/// exp(mean(ln v)); 1 of none. Every value > 0.
double geometric_mean(std::span<const double> values);

/// Samples of one quantity, each > 0. Samples of one group (a process) may share what other groups
/// do not have: where its memory lies, which processor it began on.
struct Samples {
  std::vector<double> values;
  /// Group of each sample; empty: one group.
  std::vector<int> groups;
  /// Turn of each sample, increasing: samples of one turn were taken one after the other. Empty: 0,
  /// 1, 2, ...
  std::vector<int> blocks;

  [[nodiscard]] std::size_t size() const { return values.size(); }
};

/// A value with an interval that contains the true one with the stated probability.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  /// 0.95; below it where the samples are too few for that: with n < 6 the interval is their range,
  /// which contains the true median with probability 1 - 2^(1-n).
  double confidence = 0;

  friend bool operator==(const Estimate&, const Estimate&) = default;
};

inline constexpr double kConfidence = 0.95;
/// The range of five samples misses the median with probability 2^-4 = 6 %.
inline constexpr std::size_t kMinSamples = 6;

/// The median and its percentile bootstrap interval (Efron 1979) of 2000 resamples, the same for
/// the same samples. With several groups, groups are drawn first and samples within them second
/// (Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013).
Estimate median_interval(const Samples& samples);

/// median(numerator) / median(denominator), samples independent of each other; neither empty.
Estimate ratio_of_medians(const Samples& numerator, const Samples& denominator);

/// numerator / denominator for each turn that both have, with the numerator's groups.
Samples paired_ratios(const Samples& numerator, const Samples& denominator);

/// The median of paired_ratios: what changes slowly cancels.
Estimate paired_ratio(const Samples& numerator, const Samples& denominator);

}  // namespace convcheck::benchmarks
