// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "benchmarks/bench.hpp"

namespace convcheck::benchmarks {
namespace {

BenchEntry entry_of(const std::string& engine, std::vector<double> samples) {
  BenchEntry entry;
  entry.engine = engine;
  entry.samples_seconds = std::move(samples);
  for (std::size_t i = 0; i < entry.samples_seconds.size(); ++i) {
    entry.sample_blocks.push_back(static_cast<int>(i));
    entry.sample_launches.push_back(static_cast<int>(i % 2));
  }
  std::vector<double> sorted = entry.samples_seconds;
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty()) entry.median_seconds = sorted[sorted.size() / 2];
  return entry;
}

BenchEntry over_budget(const std::string& engine, double bound) {
  BenchEntry entry = entry_of(engine, {});
  entry.status = BenchStatus::kOverBudget;
  entry.lower_bound_seconds = bound;
  return entry;
}

TEST(Ratio, IsTheBestOthersTimeOverOurs) {
  BenchEntry wrong = entry_of("wrong", {1e-9});
  wrong.status = BenchStatus::kWrong;
  BenchEntry elsewhere = entry_of("elsewhere", {1e-9});
  elsewhere.threads = 2;
  const std::vector<BenchEntry> entries = {
      entry_of("ours", std::vector<double>(6, 2)), entry_of("slow", std::vector<double>(6, 8)),
      entry_of("good", std::vector<double>(6, 3)), wrong, elsewhere};
  const auto ratio = ratio_to_best_other(entries[0], entries);
  ASSERT_TRUE(ratio.has_value());
  EXPECT_EQ(ratio->value, (Estimate{1.5, 1.5, 1.5, 0.95}));
  EXPECT_EQ(ratio->other, "good");
  EXPECT_EQ(ratio->text(), "1.50");
  EXPECT_EQ(ratio->call, Call::kFaster);
  EXPECT_EQ(ratio_to_best_other(entries[2], entries)->call, Call::kSlower);
  EXPECT_EQ(ratio_to_best_other(wrong, entries), std::nullopt);
  EXPECT_EQ(ratio_to_best_other(elsewhere, entries), std::nullopt);
}

TEST(Ratio, IsPairedByTurn) {
  // A machine that becomes slower all the while: within a turn the ratio is always 1.25.
  std::vector<double> ours, theirs;
  for (int i = 0; i < 10; ++i) {
    ours.push_back(1 + 0.05 * i);
    theirs.push_back(1.25 * ours.back());
  }
  std::vector<BenchEntry> entries = {entry_of("ours", ours), entry_of("other", theirs)};
  const auto ratio = ratio_to_best_other(entries[0], entries);
  EXPECT_NEAR(ratio->value.low, 1.25, 1e-12);
  EXPECT_NEAR(ratio->value.high, 1.25, 1e-12);
  // Turns that one side has not are left out.
  entries[1].samples_seconds.erase(entries[1].samples_seconds.begin(),
                                   entries[1].samples_seconds.begin() + 4);
  entries[1].sample_blocks.erase(entries[1].sample_blocks.begin(),
                                 entries[1].sample_blocks.begin() + 4);
  entries[1].sample_launches.resize(6);
  EXPECT_NEAR(ratio_to_best_other(entries[0], entries)->value.value, 1.25, 1e-12);
}

TEST(Ratio, IsNoCallWhereTheNoiseIsAsLargeOrTheSamplesAreFew) {
  std::vector<BenchEntry> entries = {entry_of("ours", std::vector<double>(8, 1)),
                                     entry_of("other", std::vector<double>(8, 1.1))};
  EXPECT_EQ(ratio_to_best_other(entries[0], entries)->call, Call::kFaster);
  entries[0].noise_floor = 0.11;
  EXPECT_EQ(ratio_to_best_other(entries[0], entries)->call, Call::kInconclusive);
  EXPECT_EQ(ratio_to_best_other(entries[0], entries)->text(), "~1.10");
  entries = {entry_of("ours", {1, 1, 1, 1, 1}), entry_of("other", {2, 2, 2, 2, 2})};
  EXPECT_EQ(ratio_to_best_other(entries[0], entries)->text(), "~2.00");
}

TEST(Ratio, HasASecondOpinion) {
  // In pairs it is always 1 % faster, and yet the two heaps of samples cannot be told apart.
  std::vector<double> ours, theirs;
  for (int i = 0; i < 8; ++i) {
    ours.push_back(1 + 0.2 * i);
    theirs.push_back(1.01 * ours.back());
  }
  const std::vector<BenchEntry> entries = {entry_of("ours", ours), entry_of("other", theirs)};
  const auto ratio = ratio_to_best_other(entries[0], entries);
  EXPECT_GT(ratio->value.low, 1);
  EXPECT_GT(ratio->p, 0.05);
  EXPECT_EQ(ratio->call, Call::kInconclusive);
}

TEST(Ratio, IsABoundAgainstAnEngineOverBudget) {
  const std::vector<BenchEntry> entries = {entry_of("ours", {2}), over_budget("slow", 10)};
  const auto ours = ratio_to_best_other(entries[0], entries);
  ASSERT_TRUE(ours.has_value());
  EXPECT_EQ(ours->bound, Ratio::Bound::kAtLeast);
  EXPECT_EQ(ours->text(), ">= 5");
  EXPECT_EQ(ours->call, Call::kFaster);
  const auto theirs = ratio_to_best_other(entries[1], entries);
  ASSERT_TRUE(theirs.has_value());
  EXPECT_EQ(theirs->bound, Ratio::Bound::kAtMost);
  EXPECT_EQ(theirs->text(), "<= 0.2");
  EXPECT_EQ(theirs->call, Call::kSlower);
  EXPECT_EQ(ratio_to_best_other(entries[1], std::vector{entries[1], over_budget("b", 9)}),
            std::nullopt);
  // A measured time is preferred to a smaller bound.
  const std::vector<BenchEntry> mixed = {entries[0], over_budget("slow", 3),
                                         entry_of("timed", {6})};
  EXPECT_EQ(ratio_to_best_other(mixed[0], mixed)->other, "timed");
  // A bound below is no victory.
  const std::vector<BenchEntry> early = {entry_of("ours", {2}), over_budget("stopped", 1)};
  EXPECT_EQ(ratio_to_best_other(early[0], early)->call, Call::kInconclusive);
}

}  // namespace
}  // namespace convcheck::benchmarks
