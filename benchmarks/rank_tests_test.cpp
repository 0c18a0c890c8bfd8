// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rank_tests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "core/random.hpp"

namespace convcheck::benchmarks {
namespace {

struct TwoSamples {
  std::vector<double> a, b;
};

// n samples each, for which U (pairs with a above b) is u.
TwoSamples with_u(int n, int u) {
  TwoSamples s;
  for (int i = 0; i < n; ++i) {
    s.b.push_back(i + 1);
    const int below = std::min(u, n);
    u -= below;
    s.a.push_back(below + 0.5 + i * 1e-3);
  }
  return s;
}

// n differences whose positive ranks sum to w.
std::vector<double> with_w(int n, int w) {
  std::vector<double> differences;
  for (int rank = n; rank >= 1; --rank) {
    differences.push_back(rank <= w ? rank : -rank);
    if (rank <= w) w -= rank;
  }
  return differences;
}

TEST(MannWhitney, CriticalValuesAreThoseOfTheTables) {
  // Two-sided, 0.05: the largest U that is significant (Siegel, Nonparametric statistics, 1956, K).
  const struct { int n, u; } table[] = {{5, 2}, {6, 5}, {8, 13}, {10, 23}, {15, 64}, {20, 127}};
  for (const auto& [n, u] : table) {
    const TwoSamples in = with_u(n, u);
    const TwoSamples out = with_u(n, u + 1);
    EXPECT_LE(mann_whitney_p(in.a, in.b), 0.05) << n;
    EXPECT_GT(mann_whitney_p(out.a, out.b), 0.05) << n;
    EXPECT_EQ(mann_whitney_p(in.a, in.b), mann_whitney_p(in.b, in.a)) << n;
  }
}

TEST(SignedRank, CriticalValuesAreThoseOfTheTables) {
  // Two-sided, 0.05: the largest rank sum that is significant (Wilcoxon and Wilcox 1964).
  const struct {
    int n, w;
  } table[] = {{6, 0}, {7, 2}, {8, 3}, {10, 8}, {15, 25}, {20, 52}, {25, 89}};
  for (const auto& [n, w] : table) {
    EXPECT_LE(signed_rank_p(with_w(n, w)), 0.05) << n;
    EXPECT_GT(signed_rank_p(with_w(n, w + 1)), 0.05) << n;
  }
  EXPECT_EQ(signed_rank_p(with_w(5, 0)), 2.0 / 32);
}

// Every choice of which values are a's, counted: the definition of the permutation test.
double mann_whitney_by_enumeration(const std::vector<double>& all, std::size_t n_a) {
  const auto statistic = [&](std::uint32_t chosen) {
    double u = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < all.size(); ++j) {
        if ((chosen >> i & 1U) == 0 || (chosen >> j & 1U) != 0) continue;
        u += all[i] > all[j] ? 1 : all[i] == all[j] ? 0.5 : 0;
      }
    }
    return u;
  };
  const double observed = statistic((1U << n_a) - 1);
  int lower = 0, upper = 0, count = 0;
  for (std::uint32_t chosen = 0; chosen < 1U << all.size(); ++chosen) {
    if (static_cast<std::size_t>(std::popcount(chosen)) != n_a) continue;
    ++count;
    lower += statistic(chosen) <= observed ? 1 : 0;
    upper += statistic(chosen) >= observed ? 1 : 0;
  }
  return std::min(1.0, 2.0 * std::min(lower, upper) / count);
}

TEST(MannWhitney, IsThePermutationTestTiesIncluded) {
  Random random(3);
  for (int round = 0; round < 12; ++round) {
    std::vector<double> all;
    for (int i = 0; i < 9; ++i) all.push_back(static_cast<double>(random.below(6)));
    const auto n_a = static_cast<std::size_t>(random.between(1, 8));
    const std::span<const double> values(all);
    EXPECT_NEAR(mann_whitney_p(values.first(n_a), values.subspan(n_a)),
                mann_whitney_by_enumeration(all, n_a), 1e-14);
  }
}

TEST(SignedRank, IsThePermutationTestTiesIncluded) {
  Random random(4);
  for (int round = 0; round < 12; ++round) {
    std::vector<double> d;
    for (int i = 0; i < 9; ++i) d.push_back(static_cast<double>(random.between(1, 4)));
    const auto sum = [&](std::uint32_t positive) {
      double ranks = 0;
      for (std::size_t i = 0; i < d.size(); ++i) {
        if ((positive >> i & 1U) == 0) continue;
        const auto smaller = std::count_if(d.begin(), d.end(), [&](double v) { return v < d[i]; });
        const auto equal = std::count(d.begin(), d.end(), d[i]);
        ranks += static_cast<double>(smaller) + (static_cast<double>(equal) + 1) / 2;
      }
      return ranks;
    };
    const auto signs = static_cast<std::uint32_t>(random.below(1 << 9));
    int lower = 0, upper = 0;
    for (std::uint32_t other = 0; other < 1U << 9; ++other) {
      lower += sum(other) <= sum(signs) ? 1 : 0;
      upper += sum(other) >= sum(signs) ? 1 : 0;
    }
    std::vector<double> signed_d = d;
    for (std::size_t i = 0; i < d.size(); ++i) signed_d[i] *= (signs >> i & 1U) != 0 ? 1 : -1;
    signed_d.push_back(0);  // Left out.
    EXPECT_NEAR(signed_rank_p(signed_d), std::min(1.0, 2.0 * std::min(lower, upper) / 512), 1e-14);
  }
}

TEST(RankTests, ManySamplesAreNearTheExactDistribution) {
  // 30 and 30 are exact, 31 and 30 normal: neighbours cannot be far apart.
  Random random(5);
  std::vector<double> a(31), b(30);
  for (double& v : a) v = random.normal() + 0.4;
  for (double& v : b) v = random.normal();
  const std::span<const double> values(a);
  const double exact = mann_whitney_p(values.first(30), b);
  a[30] = a[0] + 1e-9;
  EXPECT_NEAR(mann_whitney_p(a, b), exact, 0.2 * exact);
  const double exact_signed = signed_rank_p(with_w(60, 640));
  EXPECT_NEAR(signed_rank_p(with_w(61, 665)), exact_signed, 0.1 * exact_signed);
}

TEST(RankTests, NothingToRankIsNoEvidence) {
  EXPECT_EQ(mann_whitney_p({}, {}), 1);
  EXPECT_EQ(signed_rank_p({}), 1);
  EXPECT_EQ(signed_rank_p(std::vector<double>{0, 0}), 1);
  const std::vector<double> same(40, 2.0);
  EXPECT_EQ(mann_whitney_p(same, same), 1);
}

TEST(Holm, AdjustsAsInItsDefinition) {
  // In order: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 1 * 0.04, which is less than the one before it.
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.01, 0.04, 0.03, 0.005}),
            (std::vector<double>{3 * 0.01, 2 * 0.03, 2 * 0.03, 4 * 0.005}));
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.7, 0.6}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

TEST(Holm, OneFalseAlarmInTwentyFamiliesWhateverTheDependence) {
  Random random(6);
  for (const double share : {0.0, 0.9}) {
    int families_with_alarm = 0;
    for (int family = 0; family < 400; ++family) {
      const double common = random.normal();
      std::vector<double> p;
      for (int i = 0; i < 20; ++i) {
        const double z = std::sqrt(share) * common + std::sqrt(1 - share) * random.normal();
        p.push_back(std::erfc(std::abs(z) / std::sqrt(2.0)));
      }
      const std::vector<double> adjusted = holm_adjusted(p);
      families_with_alarm += *std::min_element(adjusted.begin(), adjusted.end()) <= 0.05 ? 1 : 0;
    }
    // 20 expected; 3 standard deviations are 13.
    EXPECT_LE(families_with_alarm, 33);
    EXPECT_GE(families_with_alarm, share == 0 ? 7 : 1);
  }
}

}  // namespace
}  // namespace convcheck::benchmarks
