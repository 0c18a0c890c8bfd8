// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/fork_join.hpp"

#include <gtest/gtest.h>

namespace convcheck::benchmarks {
namespace {

TEST(ForkJoin, HasTheSamplesAskedFor) {
  for (const int threads : {1, 2, 3}) {
    const auto seconds = fork_join_seconds(threads, 4, 1e-4);
    ASSERT_EQ(seconds.size(), 4U);
    for (const double sample : seconds) EXPECT_GT(sample, 0) << threads;
  }
}

}  // namespace
}  // namespace convcheck::benchmarks
