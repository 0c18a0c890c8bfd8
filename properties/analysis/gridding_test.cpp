// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/gridding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace convcheck::properties {
namespace {

std::vector<AxisStep> dilated(std::int64_t taps, const std::vector<std::int64_t>& dilations) {
  std::vector<AxisStep> steps;
  for (const std::int64_t d : dilations)
    steps.push_back({Operation::kConv, 99, 99, taps, 1, d, (taps - 1) * d / 2});
  return steps;
}

// Paths to every position, by running through all choices of taps as digits of one number.
std::vector<std::int64_t> enumerated(const std::vector<Rate>& rates) {
  std::int64_t span = 1;
  std::int64_t choices = 1;
  for (const Rate& r : rates) {
    span += (r.taps - 1) * r.rate;
    choices *= r.taps;
  }
  std::vector<std::int64_t> paths(static_cast<std::size_t>(span), 0);
  for (std::int64_t choice = 0; choice < choices; ++choice) {
    std::int64_t rest = choice;
    std::int64_t position = 0;
    for (const Rate& r : rates) {
      position += rest % r.taps * r.rate;
      rest /= r.taps;
    }
    ++paths[static_cast<std::size_t>(position)];
  }
  return paths;
}

bool has_hole(const std::vector<std::int64_t>& paths) {
  return std::find(paths.begin(), paths.end(), 0) != paths.end();
}

// Every sequence of `length` rates from 1 to `largest`.
void for_each_sequence(std::size_t length, std::int64_t largest,
                       const std::function<void(const std::vector<std::int64_t>&)>& visit) {
  std::vector<std::int64_t> rates(length, 1);
  for (;;) {
    visit(rates);
    std::size_t i = 0;
    while (i < length && rates[i] == largest) rates[i++] = 1;
    if (i == length) return;
    ++rates[i];
  }
}

std::vector<Rate> of_taps(std::int64_t taps, const std::vector<std::int64_t>& rates) {
  std::vector<Rate> list;
  for (const std::int64_t rate : rates) list.push_back({taps, rate});
  return list;
}

TEST(Gridding, TheExactRuleIsExactForEqualTaps) {
  std::int64_t sequences = 0;
  for (std::int64_t taps = 2; taps <= 5; ++taps)
    for (std::size_t n = 1; n <= 4; ++n)
      for_each_sequence(n, 7, [&](const std::vector<std::int64_t>& rates) {
        const auto list = of_taps(taps, rates);
        const auto paths = enumerated(list);
        const auto gap = first_gap(list);
        ASSERT_EQ(gap.has_value(), has_hole(paths));
        ++sequences;
        if (!gap) return;
        const auto hole = std::find(paths.begin(), paths.end(), 0) - paths.begin();
        ASSERT_EQ(gap->filled + 1, hole);
      });
  EXPECT_EQ(sequences, 4 * (7 + 49 + 343 + 2401));
}

TEST(Gridding, TheExactRuleIsExactForMixedTaps) {
  for_each_sequence(3, 5, [](const std::vector<std::int64_t>& rates) {
    for_each_sequence(3, 4, [&](const std::vector<std::int64_t>& taps) {
      std::vector<Rate> list;
      for (std::size_t i = 0; i < 3; ++i) {
        if (taps[i] > 1) list.push_back({taps[i], rates[i]});
      }
      ASSERT_EQ(first_gap(list).has_value(), has_hole(enumerated(list)));
    });
  });
}

struct Tally {
  std::int64_t sequences = 0, false_dense = 0, false_holes = 0;
};

// Where the published rule errs among K in {3, 5}, two to four rates up to 7.
Tally published_errors(const std::function<bool(const std::vector<std::int64_t>&)>& wanted) {
  Tally tally;
  for (const std::int64_t taps : {3, 5})
    for (std::size_t n = 2; n <= 4; ++n)
      for_each_sequence(n, 7, [&](const std::vector<std::int64_t>& rates) {
        if (!wanted(rates)) return;
        const auto list = of_taps(taps, rates);
        const bool says_dense = *published_bound(list) <= taps;
        const bool holes = has_hole(enumerated(list));
        ++tally.sequences;
        if (says_dense && holes) ++tally.false_dense;
        if (!says_dense && !holes) ++tally.false_holes;
      });
  return tally;
}

TEST(Gridding, ThePublishedRuleErrsThisOften) {
  const Tally all = published_errors([](const auto&) { return true; });
  EXPECT_EQ(all.sequences, 5586);
  EXPECT_EQ(all.false_dense, 1312);
  EXPECT_EQ(all.false_holes, 983);
  // Its advice against a common factor of the rates does not mend it.
  const Tally coprime = published_errors([](const std::vector<std::int64_t>& rates) {
    std::int64_t factor = 0;
    for (const std::int64_t r : rates) factor = std::gcd(factor, r);
    return factor == 1;
  });
  EXPECT_GT(coprime.false_dense, 0);
  const Tally sorted_from_one = published_errors([](const std::vector<std::int64_t>& rates) {
    return rates.front() == 1 && std::is_sorted(rates.begin(), rates.end());
  });
  EXPECT_GT(sorted_from_one.sequences, 200);
  EXPECT_EQ(sorted_from_one.false_dense + sorted_from_one.false_holes, 0);
}

TEST(Gridding, DilationsOfTwoLeaveOneOfFour) {
  const auto grid = gridding(dilated(3, {2, 2, 2}));
  ASSERT_TRUE(grid) << grid.error().message;
  EXPECT_EQ(grid->span, 13);
  EXPECT_EQ(grid->holes, 6);
  EXPECT_EQ(grid->lattice, 2);
  ASSERT_TRUE(grid->gap);
  EXPECT_EQ(grid->gap->filled, 0);
  EXPECT_EQ(grid->reached,
            (std::vector<Reached>{{0, 1}, {2, 3}, {4, 6}, {6, 7}, {8, 6}, {10, 3}, {12, 1}}));
  EXPECT_EQ(grid->histogram,
            (std::map<std::int64_t, std::int64_t>{{0, 6}, {1, 2}, {3, 2}, {6, 2}, {7, 1}}));
  EXPECT_EQ(grid->published, 2);
  EXPECT_TRUE(grid->published_errs());
}

TEST(Gridding, DilationsOneTwoFiveReadEverything) {
  const auto grid = gridding(dilated(3, {1, 2, 5}));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->span, 17);
  EXPECT_EQ(grid->holes, 0);
  EXPECT_EQ(grid->lattice, 1);
  EXPECT_FALSE(grid->gap);
  EXPECT_EQ(grid->published, 2);
  EXPECT_FALSE(grid->published_errs());
}

TEST(Gridding, ThePublishedRuleErrsBothWays) {
  const auto dense_by_rule = gridding(dilated(3, {2, 3}));
  ASSERT_TRUE(dense_by_rule->published_says_dense() && dense_by_rule->gap);
  EXPECT_EQ(dense_by_rule->gap->filled, 0);
  EXPECT_TRUE(dense_by_rule->published_errs());
  const auto holes_by_rule = gridding(dilated(3, {3, 5, 1}));
  EXPECT_EQ(holes_by_rule->published, 9);
  EXPECT_EQ(holes_by_rule->holes, 0);
  EXPECT_TRUE(holes_by_rule->published_errs());
}

TEST(Gridding, StridesAreRatesAndThePublishedRuleNeedsEqualTaps) {
  // 2 taps a stride of 3 apart, then 3 taps: 0 1 3 4 6 7.
  const auto grid = gridding({{Operation::kConv, 30, 10, 2, 3, 1, 0},  //
                              {Operation::kConv, 10, 8, 3, 1, 1, 0}});
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->rates, (std::vector<Rate>{{2, 1}, {3, 3}}));
  EXPECT_EQ(grid->holes, 2);
  EXPECT_EQ(grid->gap->filled, 1);
  EXPECT_FALSE(grid->published);
  EXPECT_FALSE(grid->published_errs());
}

TEST(Gridding, IsThatOfThePathsForEveryPairOfSteps) {
  for (std::int64_t k1 = 1; k1 <= 3; ++k1)
    for (std::int64_t s = 1; s <= 3; ++s)
      for (std::int64_t d1 = 1; d1 <= 3; ++d1)
        for (std::int64_t k2 = 1; k2 <= 3; ++k2)
          for (std::int64_t d2 = 1; d2 <= 3; ++d2) {
            const auto grid = gridding({{Operation::kConv, 50, 9, k1, s, d1, 1},  //
                                        {Operation::kConv, 9, 9, k2, 1, d2, 2}});
            ASSERT_TRUE(grid);
            std::vector<Rate> rates;
            if (k1 > 1) rates.push_back({k1, d1});
            if (k2 > 1) rates.push_back({k2, d2 * s});
            ASSERT_EQ(grid->rates, rates);
            std::vector<std::int64_t> paths(static_cast<std::size_t>(grid->span), 0);
            for (const Reached& at : grid->reached)
              paths[static_cast<std::size_t>(at.position)] = at.paths;
            ASSERT_EQ(paths, enumerated(rates));
            ASSERT_EQ(grid->holes != 0, grid->gap.has_value());
          }
}

TEST(Gridding, DeconvolutionsAreRefused) {
  const auto refused = gridding({{Operation::kDeconv, 8, 4, 3, 2, 1, 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("deconv"), std::string::npos);
}

}  // namespace
}  // namespace convcheck::properties
