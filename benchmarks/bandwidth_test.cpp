// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bandwidth.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace convcheck::benchmarks {
namespace {

const std::vector<CacheSize> kSizes = {
    {1, 32 << 10, 1, "test"}, {2, 1 << 20, 1, "test"}, {3, std::uint64_t{1} << 29, 16, "test"}};

class SumOf : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(SumOf, ReadsEveryElementOnce) {
  const std::size_t count = 6 * read_unit();
  std::vector<float> data(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    data[i] = 1;
    EXPECT_EQ(sum_of(data.data(), count), static_cast<double>(i + 1));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SumOf, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& info) { return std::string(hwy::TargetName(info.param)); });

TEST(Bandwidth, HasEveryLevelWithItsWorkingSet) {
  for (const int threads : {1, 2}) {
    const auto measured = measure_bandwidth(kSizes, threads, 3, 1e-4);
    ASSERT_EQ(measured.size(), 4U);
    std::uint64_t last = 0;
    for (const Bandwidth& bandwidth : measured) {
      EXPECT_EQ(bandwidth.threads, threads);
      EXPECT_EQ(bandwidth.working_set_bytes, working_set_bytes(bandwidth.level, kSizes, threads));
      EXPECT_GT(bandwidth.working_set_bytes, last);
      last = bandwidth.working_set_bytes;
      ASSERT_EQ(bandwidth.samples_gbytes.size(), 3U);
      for (const double rate : bandwidth.samples_gbytes) {
        EXPECT_GT(rate, 0);
        EXPECT_LE(rate, bandwidth.best_gbytes());
      }
    }
  }
}

TEST(Bandwidth, AProblemLivesInTheInnermostLevelThatHoldsIt) {
  EXPECT_EQ(level_of(1000, kSizes, 1), "l1");
  EXPECT_EQ(level_of(40e3, kSizes, 1), "l2");
  EXPECT_EQ(level_of(40e3, kSizes, 2), "l1");  // In the two halves.
  EXPECT_EQ(level_of(1.5e6, kSizes, 1), "l3");
  EXPECT_EQ(level_of(1.5e6, kSizes, 2), "l2");
  EXPECT_EQ(level_of(40e6, kSizes, 2), "dram");  // 512 MiB are not this machine's own.
}

}  // namespace
}  // namespace convcheck::benchmarks
