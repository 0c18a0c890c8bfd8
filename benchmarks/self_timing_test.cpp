// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/self_timing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convcheck::benchmarks {
namespace {

// A peer with calls of 1 ms that makes one to warm up and needs `overhead` seconds for the rest.
SelfTiming block(std::int64_t calls, double overhead, double said_share) {
  const double seconds = static_cast<double>(calls) * 1e-3;
  return {calls, said_share * seconds, seconds + 1e-3 + overhead};
}

TEST(SelfTiming, AnHonestPeerIsBelieved) {
  const std::vector<SelfTiming> single = {block(1, 1e-4, 1)};
  EXPECT_EQ(self_timing_fault(single, std::vector{block(10, 1e-4, 1)}), std::nullopt);
  // A disturbed request proves nothing as long as another was not.
  EXPECT_EQ(self_timing_fault(single, std::vector{block(10, 0.5, 1), block(50, 2e-4, 1)}),
            std::nullopt);
}

TEST(SelfTiming, APeerWhoseClockIsSlowIsNot) {
  const std::vector<SelfTiming> single = {block(1, 1e-4, 0.5)};
  const auto fault =
      self_timing_fault(single, std::vector{block(10, 1e-4, 0.5), block(100, 1e-4, 0.5)});
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(*fault,
            "it says that 10 calls took 0.005 s, in a request of 0.0111 s; a whole request of one "
            "call takes 0.0021 s");
}

TEST(SelfTiming, FindsAShareOfMoreThanATenthWithManyCalls) {
  const auto fault = [](std::int64_t calls, double said_share) {
    return self_timing_fault(std::vector{block(1, 0, said_share)},
                             std::vector{block(calls, 0, said_share)});
  };
  EXPECT_EQ(fault(100, 1 / 1.05), std::nullopt);
  EXPECT_EQ(fault(100, 1 / 1.09), std::nullopt);
  EXPECT_NE(fault(100, 1 / 1.12), std::nullopt);
  EXPECT_NE(fault(1000, 1 / 1.105), std::nullopt);
  EXPECT_EQ(fault(2, 0.6), std::nullopt);  // With few calls only a large one.
  EXPECT_NE(fault(3, 0.4), std::nullopt);
}

TEST(SelfTiming, NoRequestIsShorterThanItsCalls) {
  const std::vector<SelfTiming> single = {block(1, 1e-4, 1)};
  EXPECT_EQ(self_timing_fault(single, std::vector{block(10, 0, 1), block(10, 0, 4)}),
            "it says that 10 calls took 0.04 s, in a request of 0.011 s");
}

}  // namespace
}  // namespace convcheck::benchmarks
