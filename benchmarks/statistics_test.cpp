// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.hpp"

namespace convcheck::benchmarks {
namespace {

Samples of(std::vector<double> values) { return {std::move(values), {}, {}}; }

TEST(Statistics, MedianIsTheMiddleOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({}), 0);
}

TEST(Statistics, QuantilesAreLinearBetweenNeighbours) {
  // Definition 7 of Hyndman and Fan 1996.
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0), 1);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.25), 1.75);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 1), 4);
}

TEST(Statistics, SpreadIsTheInterquartileRangeOverTheMedian) {
  EXPECT_EQ(relative_spread({5, 1, 3, 2, 4}), (4.0 - 2.0) / 3.0);
  EXPECT_EQ(relative_spread({1, 2}), 0.5 / 1.5);
  EXPECT_EQ(relative_spread({2, 2, 2, 100}), (26.5 - 2.0) / 2.0);
  EXPECT_EQ(relative_spread({2}), 0);
}

TEST(Statistics, GeometricMean) {
  EXPECT_DOUBLE_EQ(geometric_mean(std::vector<double>{2, 8}), 4);
  EXPECT_EQ(geometric_mean({}), 1);
}

TEST(Interval, FewSamplesHaveTheirRangeAndSayHowSureThatIs) {
  const Estimate four = median_interval(of({4, 1, 3, 2}));
  EXPECT_EQ(four, (Estimate{2.5, 1, 4, 1 - 0.125}));
  EXPECT_EQ(median_interval(of({7})), (Estimate{7, 7, 7, 0}));
  EXPECT_EQ(median_interval({}), Estimate{});
  const Estimate ratio = ratio_of_medians(of({4, 6}), of({1, 2, 2}));
  EXPECT_EQ(ratio, (Estimate{2.5, 2, 6, 0.25}));
}

TEST(Interval, IsTheSameEveryTimeAndScales) {
  const Samples samples = of({9, 1, 8, 2, 7, 3, 6, 4, 5, 10});
  const Estimate once = median_interval(samples);
  EXPECT_EQ(once, median_interval(samples));
  Samples twice = samples;
  for (double& v : twice.values) v *= 2;
  EXPECT_EQ(median_interval(twice), (Estimate{11, 2 * once.low, 2 * once.high, 0.95}));
  EXPECT_EQ(ratio_of_medians(samples, samples).value, 1);
  EXPECT_EQ(paired_ratio(twice, samples), (Estimate{2, 2, 2, 0.95}));
}

TEST(Interval, IsThatOfTheExactBootstrapDistribution) {
  // Of n = 11 distinct samples the median of a resample is at most the k-th with probability
  // P(Bin(11, k/11) >= 6); here the 2.5 % and 97.5 % points of that distribution.
  const int n = 11;
  const auto at_most = [&](int k) {
    const double p = static_cast<double>(k) / n;
    double sum = 0;
    for (int i = 6; i <= n; ++i) {
      sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0)) *
             std::pow(p, i) * std::pow(1 - p, n - i);
    }
    return sum;
  };
  int low = 1, high = 1;
  while (at_most(low) < 0.025) ++low;
  while (at_most(high) < 0.975) ++high;
  Samples samples;
  for (int i = n; i >= 1; --i) samples.values.push_back(i);
  const Estimate found = median_interval(samples);
  EXPECT_EQ(found.low, low);
  EXPECT_EQ(found.high, high);
}

// How many of `rounds` intervals of n draws contain the true median.
int covered(int rounds, int n, double truth, const std::function<double(Random&)>& draw) {
  Random random(11);
  int count = 0;
  for (int round = 0; round < rounds; ++round) {
    Samples samples;
    for (int i = 0; i < n; ++i) samples.values.push_back(draw(random));
    const Estimate e = median_interval(samples);
    count += e.low <= truth && truth <= e.high ? 1 : 0;
  }
  return count;
}

TEST(Interval, ContainsTheTruthAsOftenAsItSays) {
  const auto lognormal = [](Random& random) { return std::exp(0.3 * random.normal()); };
  // Every tenth sample is disturbed by other work, which moves the median of all little.
  const auto disturbed = [](Random& random) {
    return 1 + 0.01 * std::abs(random.normal()) + (random.below(10) == 0 ? random.unit() : 0);
  };
  std::vector<double> many;
  Random random(12);
  for (int i = 0; i < 200001; ++i) many.push_back(disturbed(random));
  // 190 of 200 expected; below 180 is 3 standard deviations away. The bootstrap of a median is
  // known to be a little narrow for few samples.
  EXPECT_GE(covered(200, 10, 1, lognormal), 180);
  EXPECT_GE(covered(200, 20, 1, lognormal), 180);
  EXPECT_GE(covered(200, 10, median(many), disturbed), 180);
  EXPECT_LT(covered(200, 20, 1.15, lognormal), 180) << "an interval that contains everything";
}

TEST(Interval, GroupsThatDifferMakeItWider) {
  Samples samples;
  for (int group = 0; group < 3; ++group) {
    for (int i = 0; i < 8; ++i) {
      samples.values.push_back(1 + 0.1 * group + 0.001 * i);
      samples.groups.push_back(group);
    }
  }
  const Estimate by_group = median_interval(samples);
  samples.groups.clear();
  const Estimate as_one = median_interval(samples);
  EXPECT_EQ(by_group.value, as_one.value);
  EXPECT_LT(by_group.low, 1.005);
  EXPECT_GT(by_group.high, as_one.high);
  EXPECT_GT(as_one.low, 1.005) << "the spread of the groups is not in it";
}

TEST(PairedRatio, CancelsWhatBothMeetAndNothingElse) {
  Random random(13);
  Samples a, b;
  for (int i = 0; i < 10; ++i) {
    const double speed = 1 + 0.5 * i + (i > 6 ? 3 : 0);  // Drift, and a step.
    a.values.push_back(speed * (1 + 0.001 * random.unit()));
    b.values.push_back(speed * 1.1 * (1 + 0.001 * random.unit()));
  }
  const Estimate paired = paired_ratio(b, a);
  EXPECT_NEAR(paired.value, 1.1, 0.002);
  EXPECT_GT(paired.low, 1.098);
  EXPECT_LT(paired.high, 1.102);
  EXPECT_LT(ratio_of_medians(b, a).low, 1) << "without pairs the drift hides it";
}

TEST(PairedRatio, PairsByTurn) {
  const Samples a{{2, 4, 6, 8}, {0, 0, 1, 1}, {0, 2, 3, 5}};
  const Samples b{{1, 3, 4}, {}, {0, 1, 5}};
  const Samples ratios = paired_ratios(a, b);
  EXPECT_EQ(ratios.values, (std::vector<double>{2, 2}));
  EXPECT_EQ(ratios.groups, (std::vector<int>{0, 1}));
  EXPECT_EQ(ratios.blocks, (std::vector<int>{0, 5}));
  EXPECT_EQ(paired_ratios(of({6, 8}), of({2})).values, (std::vector<double>{3}));
}

}  // namespace
}  // namespace convcheck::benchmarks
