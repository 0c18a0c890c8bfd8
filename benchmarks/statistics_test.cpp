// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/statistics.hpp"

#include <gtest/gtest.h>

namespace convcheck::benchmarks {
namespace {

TEST(Statistics, MedianIsTheMiddleOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({}), 0);
}

TEST(Statistics, SpreadIsTheInterquartileRangeOverTheMedian) {
  EXPECT_EQ(relative_spread({5, 1, 3, 2, 4}), (4.0 - 2.0) / 3.0);
  EXPECT_EQ(relative_spread({1, 2}), 0.5 / 1.5);
  EXPECT_EQ(relative_spread({2, 2, 2, 100}), (26.5 - 2.0) / 2.0);
  EXPECT_EQ(relative_spread({2}), 0);
}

}  // namespace
}  // namespace convcheck::benchmarks
