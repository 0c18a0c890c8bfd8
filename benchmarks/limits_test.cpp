// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/limits.hpp"

#include <gtest/gtest.h>

#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

Chain chain_of(const std::string& text) { return parse_chain(text)->chain; }

Limits example() {
  Limits limits;
  limits.caches = {{1, 1000, 1, "test"}, {2, 10'000, 1, "test"}, {3, 100'000, 1, "test"}};
  limits.peaks.push_back({ElementType::kF32, 1, "test", {90, 100, 80}, {1, 1, 1}});
  limits.bandwidths = {{"l1", 1, 500, {400}}, {"l2", 1, 5000, {40, 50}}, {"dram", 1, 1, {10}}};
  return limits;
}

TEST(Roof, IsTheLargerOfTwoTimes) {
  // x 32, w 4, y 32 elements: 272 bytes in level 1; 2 x 2 x 16 = 64 multiply-adds.
  const Chain small = chain_of("mb1ic2ih4iw4oc2kh1kw1");
  EXPECT_EQ(compulsory_bytes(small), 272);
  const auto roof = roof_of(example(), small, 1);
  ASSERT_TRUE(roof.has_value());
  EXPECT_EQ(roof->by, "fma-peak");
  EXPECT_DOUBLE_EQ(roof->seconds, 2 * 64 / 100e9);
  // One channel each: less work on nearly as many bytes, now more than level 1 holds.
  const Chain thin = chain_of("mb1ic1ih16iw16oc1kh1kw1");
  const auto thin_roof = roof_of(example(), thin, 1);
  EXPECT_EQ(thin_roof->by, "bandwidth-l2");
  EXPECT_DOUBLE_EQ(thin_roof->seconds, (2 * 256 + 1) * 4 / 50e9);
}

TEST(Roof, CountsTapsInsideTheInputOnly) {
  const Chain padded = chain_of("mb1ic8ih2iw2oc8kh3kw3ph1pw1");
  // Along an axis both outputs have 2 of 3 taps inside: 4 x 4 of 36, for 8 x 8 channels.
  Limits arithmetic = example();
  arithmetic.bandwidths.clear();
  EXPECT_DOUBLE_EQ(roof_of(arithmetic, padded, 1)->seconds, 2 * 16 * 64 / 100e9);
  EXPECT_EQ(roof_of(example(), padded, 1)->by, "bandwidth-l2");
}

TEST(Roof, IsNoneWithoutThePeakOfItsType) {
  EXPECT_EQ(roof_of(example(), chain_of("bf16:mb1ic2ih4iw4oc2kh1kw1"), 1), std::nullopt);
  EXPECT_EQ(roof_of(example(), chain_of("mb1ic2ih4iw4oc2kh1kw1"), 2), std::nullopt);
}

TEST(Limits, GrowBySamples) {
  Limits limits;
  const auto go_on = [] { return false; };
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(sample_peaks(limits, {ElementType::kF32, ElementType::kU8, ElementType::kS8},
                             {1, 2}, 3, 1e-5, go_on));
    EXPECT_TRUE(sample_memory(limits, {1}, 2, 1e-5, go_on));
  }
  ASSERT_EQ(limits.peaks.size(), 4U);
  EXPECT_EQ(limits.peak(ElementType::kF32, 2)->samples_gflops.size(), 6U);
  EXPECT_EQ(limits.peak(ElementType::kF32, 2)->cpu_shares.size(), 6U);
  ASSERT_NE(limits.peak(ElementType::kS8, 1), nullptr);
  EXPECT_EQ(limits.peak(ElementType::kS8, 1), limits.peak(ElementType::kU8, 1));
  EXPECT_EQ(limits.peak(ElementType::kS8, 1)->samples_gflops.size(), 6U);
  EXPECT_EQ(limits.peak(ElementType::kBf16, 1), nullptr);
  ASSERT_EQ(limits.bandwidths.size(), 4U);
  for (const Bandwidth& bandwidth : limits.bandwidths)
    EXPECT_EQ(bandwidth.samples_gbytes.size(), 4U);
  ASSERT_EQ(limits.fork_joins.size(), 1U);
  EXPECT_EQ(limits.fork_joins[0].samples_seconds.size(), 4U);
  EXPECT_EQ(limits.caches.size(), 3U);
  EXPECT_FALSE(sample_peaks(limits, {ElementType::kF32}, {1}, 1, 1e-5, [] { return true; }));
}

}  // namespace
}  // namespace convcheck::benchmarks
