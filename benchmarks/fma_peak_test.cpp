// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/fma_peak.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace convcheck::benchmarks {
namespace {

class FmaLoopTest : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

// a = a * 1 + 1 counts the multiply-adds in every lane; f32 counts exactly up to 2^24.
TEST_P(FmaLoopTest, DoesAsManyMultiplyAddsAsItSays) {
  for (const ElementType type : {ElementType::kF32, ElementType::kF64}) {
    SCOPED_TRACE(to_string(type));
    for (const std::int64_t rounds : {1, 1000}) {
      const auto run = run_fma_loop(type, rounds, 1, 1);
      if (!run) continue;  // A target without f64.
      EXPECT_EQ(2 * run->sum, run->flops);
      EXPECT_EQ(run->flops, static_cast<double>(rounds) * run_fma_loop(type, 1, 1, 1)->flops);
    }
  }
  EXPECT_TRUE(run_fma_loop(ElementType::kF32, 1, 1, 1).has_value());
}

TEST_P(FmaLoopTest, MultipliesAndAdds) {
  const auto once = run_fma_loop(ElementType::kF32, 1, 0.5, 3);
  const auto twice = run_fma_loop(ElementType::kF32, 2, 0.5, 3);
  EXPECT_EQ(once->sum, once->flops / 2 * 3);
  EXPECT_EQ(twice->sum, once->flops / 2 * 4.5);
}

INSTANTIATE_TEST_SUITE_P(All, FmaLoopTest, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& info) { return std::string(hwy::TargetName(info.param)); });

TEST(FmaPeak, HasOnePositiveSampleForEveryOneAskedFor) {
  for (const int threads : {1, 3}) {
    const auto peak = measure_fma_peak(ElementType::kF32, threads, 4, 1e-4);
    ASSERT_TRUE(peak.has_value());
    EXPECT_EQ(peak->threads, threads);
    EXPECT_EQ(peak->type, ElementType::kF32);
    EXPECT_FALSE(peak->target.empty());
    ASSERT_EQ(peak->samples_gflops.size(), 4U);
    for (const double sample : peak->samples_gflops) EXPECT_GT(sample, 0);
    ASSERT_EQ(peak->cpu_shares.size(), 4U);
    for (const double share : peak->cpu_shares) EXPECT_GT(share, 0);
    EXPECT_GT(peak->median_gflops(), 0);
    EXPECT_GE(peak->best_gflops(), peak->median_gflops());
  }
}

TEST(FmaPeak, KnowsEveryTypeOfAnInput) {
  for (const ElementType type : {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                 ElementType::kF16, ElementType::kS8, ElementType::kU8}) {
    const auto peak = measure_fma_peak(peak_type(type), 1, 1, 1e-4);
    ASSERT_TRUE(peak.has_value()) << to_string(type);
    EXPECT_GT(peak->best_gflops(), 0);
  }
  EXPECT_FALSE(measure_fma_peak(ElementType::kS32, 1, 1, 1e-4).has_value());
  EXPECT_FALSE(run_fma_loop(ElementType::kS8, 1, 1, 1).has_value());
}

}  // namespace
}  // namespace convcheck::benchmarks
