// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bench.hpp"

#include <algorithm>

#include "benchmarks/bench_test.hpp"

namespace convcheck::benchmarks {
namespace {

TEST_F(BenchTest, VerifiesFirstThenAlternatesTheBlocks) {
  run();
  EXPECT_EQ(log, (std::vector<std::string>{"run a", "run b", "time a", "time b", "time b", "time a",
                                           "time-last a", "time-last b"}));
}

TEST_F(BenchTest, TimesConversionOnceApart) {
  options.time_conversion = true;
  options.blocks = 1;
  b.unsupported = "no";
  const BenchResult result = run();
  EXPECT_EQ(log, (std::vector<std::string>{"run a", "time-last a", "convert a"}));
  EXPECT_EQ(result.entries[0].with_conversion_seconds, 1e-3);
  EXPECT_EQ(result.entries[0].samples_seconds.size(), 1U);

  log.clear();
  options.layout = LayoutChoice::kPlain;  // Conversions, if any, are inside every call.
  run();
  EXPECT_EQ(log, (std::vector<std::string>{"run a", "time-last a"}));
}

TEST_F(BenchTest, TimesSingleCallsColdAfterTheBlocks) {
  options.time_cold = true;
  options.blocks = 1;
  options.cold_calls = 3;
  b.unsupported = "no";
  const BenchResult result = run();
  EXPECT_EQ(log, (std::vector<std::string>{"run a", "time-last a", "cold-weights a",
                                           "cold-everything a"}));
  const BenchEntry& entry = result.entries[0];
  EXPECT_EQ(entry.cold_weights_samples_seconds, std::vector<double>(3, 2e-3));
  EXPECT_EQ(entry.cold_samples_seconds, std::vector<double>(3, 2e-3));
  EXPECT_EQ(entry.samples_seconds.size(), 1U);
  EXPECT_GT(result.flush_bytes, 0U);
  EXPECT_EQ(a.flush_bytes, result.flush_bytes);

  log.clear();
  a.wall_seconds_per_call = 1e-3;  // A program times itself, and flushes nothing.
  run();
  EXPECT_EQ(std::count(log.begin(), log.end(), "cold-weights a"), 0);
}

TEST_F(BenchTest, TakesTheMostAllocationsOfAnyBlock) {
  b.allocations = 0;
  const BenchResult result = run();
  EXPECT_EQ(result.entries[0].allocations, std::nullopt);
  EXPECT_EQ(result.entries[1].allocations, 0);
  EXPECT_EQ(result.entries[1].peak_memory_bytes, 1000U);
}

TEST_F(BenchTest, FillsAnEntry) {
  options.threads = {1, 2};
  a.samples = {3e-3, 1e-3, 2e-3};
  const BenchResult result = run();
  ASSERT_EQ(result.entries.size(), 4U);
  EXPECT_TRUE(result.complete);
  const BenchEntry& entry = result.entries[0];
  EXPECT_EQ(entry.engine, "a");
  EXPECT_EQ(entry.suite, "suite");
  EXPECT_EQ(entry.family, "family");
  EXPECT_EQ(entry.label, "label");
  EXPECT_EQ(entry.problem, to_string(problems[0].chain));
  EXPECT_EQ(entry.layout, "preferred");
  EXPECT_EQ(entry.status, BenchStatus::kTimed);
  EXPECT_TRUE(entry.verified);
  EXPECT_EQ(entry.verified_outputs, 32);
  EXPECT_EQ(entry.outputs, 32);
  EXPECT_EQ(entry.samples_seconds, (std::vector{3e-3, 1e-3, 2e-3}));
  EXPECT_EQ(entry.sample_calls, (std::vector<std::int64_t>{10, 10, 10}));
  EXPECT_EQ(entry.median_seconds, 2e-3);
  EXPECT_EQ(entry.prepare_seconds, 0.25);
  // 10 of the 12 taps of each axis lie inside, for 2 x 2 channels.
  EXPECT_EQ(entry.flops, 2.0 * 4 * 100);
  EXPECT_EQ(entry.nominal_flops, 2.0 * 4 * 144);
  EXPECT_EQ(entry.gflops, entry.flops / 2e-3 / 1e9);
  ASSERT_EQ(result.limits.peaks.size(), 2U);
  for (const FmaPeak& peak : result.limits.peaks) {
    EXPECT_EQ(peak.samples_gflops.size(), 5U);  // 2 before, 1 for the problem, 2 after.
    EXPECT_EQ(peak.cpu_shares.size(), 5U);
  }
  EXPECT_EQ(entry.peak_percent, 100 * entry.gflops / result.limits.peaks[0].best_gflops());
  EXPECT_EQ(entry.compulsory_bytes, 4 * (32 + 36 + 32));
  EXPECT_GT(entry.limit_seconds, 0);
  EXPECT_DOUBLE_EQ(entry.limit_percent, 100 * entry.limit_seconds / 2e-3);
  EXPECT_FALSE(entry.limit_by.empty());
  EXPECT_EQ(result.entries[3].engine, "b");
  EXPECT_EQ(result.entries[3].threads, 2);
  EXPECT_EQ(result.entries[3].peak_percent,
            100 * result.entries[3].gflops / result.limits.peaks[1].best_gflops());
}

TEST_F(BenchTest, NeverTimesAWrongEngine) {
  a.wrong = true;
  a.samples = {1e-9};  // Fast, and no use.
  const BenchResult result = run();
  EXPECT_FALSE(was_timed("a"));
  EXPECT_TRUE(was_timed("b"));
  EXPECT_EQ(result.entries[0].status, BenchStatus::kWrong);
  EXPECT_EQ(result.entries[0].reason, "y differs");
  EXPECT_FALSE(result.entries[0].verified);
  EXPECT_FALSE(result.entries[0].best);
  EXPECT_TRUE(result.entries[1].best);
}

TEST_F(BenchTest, NeverTimesAnEngineThatWritesAstray) {
  a.findings.push_back({.kind = Finding::Kind::kStrayWrite,
                        .operand = "y",
                        .offset_bytes = 128,
                        .detail = "4 bytes past y"});
  const BenchResult result = run();
  EXPECT_FALSE(was_timed("a"));
  EXPECT_EQ(result.entries[0].status, BenchStatus::kWrong);
  EXPECT_EQ(result.entries[0].reason, "stray-write: 4 bytes past y");
}

TEST_F(BenchTest, ReportsWhyAnEngineIsNotTimed) {
  const struct {
    OutcomeKind kind;
    BenchStatus status;
    std::string reason;
  } kinds[] = {
      {OutcomeKind::kRefused, BenchStatus::kUnsupported, "as told"},
      {OutcomeKind::kFailed, BenchStatus::kFailed, "failed: as told"},
      {OutcomeKind::kCrashed, BenchStatus::kFailed, "crashed: as told"},
      {OutcomeKind::kOverMemory, BenchStatus::kFailed, "over-memory: as told"},
      {OutcomeKind::kProtocolError, BenchStatus::kFailed, "protocol-error: as told"},
  };
  for (const auto& [kind, status, reason] : kinds) {
    a.run_kind = kind;
    const BenchResult result = run();
    EXPECT_EQ(result.entries[0].status, status) << to_string(kind);
    EXPECT_EQ(result.entries[0].reason, reason);
    EXPECT_FALSE(result.entries[0].verified);
    EXPECT_FALSE(was_timed("a"));
  }
  a.unsupported = "no odd heights";
  const BenchResult result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kUnsupported);
  EXPECT_EQ(result.entries[0].reason, "no odd heights");
}

TEST_F(BenchTest, AnEngineStoppedWhileItIsVerifiedIsOverBudget) {
  a.run_kind = OutcomeKind::kTimedOut;
  const BenchResult result = run();
  const BenchEntry& entry = result.entries[0];
  EXPECT_EQ(entry.status, BenchStatus::kOverBudget);
  EXPECT_GE(entry.lower_bound_seconds, 0);
  EXPECT_LE(entry.lower_bound_seconds, options.budget_seconds);
  EXPECT_FALSE(was_timed("a"));
}

TEST_F(BenchTest, AnEngineOverBudgetInItsFirstBlockGetsNoSecond) {
  a.over_budget = true;
  const BenchResult result = run();
  EXPECT_EQ(times("a"), 1);
  EXPECT_EQ(result.entries[0].status, BenchStatus::kOverBudget);
  EXPECT_EQ(result.entries[0].lower_bound_seconds, 77);
  EXPECT_EQ(result.entries[0].gflops, 0);
  EXPECT_NE(result.entries[0].reason.find("at least 77 s; the budget is 10 s"), std::string::npos);
}

TEST_F(BenchTest, AnErrorWhileTimingEndsThePair) {
  a.time_error = Error{ErrorCode::kEngineFailed, "broke in the second call"};
  const BenchResult result = run();
  EXPECT_EQ(times("a"), 1);
  EXPECT_EQ(result.entries[0].status, BenchStatus::kFailed);
  EXPECT_EQ(result.entries[0].reason, "broke in the second call");
  EXPECT_EQ(result.entries[1].samples_seconds.size(), 3U);
}

TEST_F(BenchTest, ASpentBudgetEndsThePairWithTheSamplesItHas) {
  options.blocks = 1000;
  options.budget_seconds = 0.004;
  a.sleep = std::chrono::milliseconds(2);
  b.unsupported = "no";
  const BenchResult result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kTimed);
  EXPECT_GE(result.entries[0].samples_seconds.size(), 1U);
  EXPECT_LE(result.entries[0].samples_seconds.size(), 2U);
}

TEST_F(BenchTest, WithoutAnExactAnswerNothingIsTimed) {
  problems.clear();
  // More foldings of a tiny x than the oracle holds.
  add("u8:circular:mb1ic1iw2oc1ow16777218kw1pw0");
  const BenchResult result = run();
  EXPECT_FALSE(was_timed("a") || was_timed("b"));
  EXPECT_EQ(result.entries[0].status, BenchStatus::kFailed);
  EXPECT_EQ(result.entries[0].reason.find("cannot be verified: "), 0U);
  ASSERT_FALSE(result.limits.peaks.empty());
  EXPECT_EQ(result.limits.peaks[0].type, ElementType::kS8);  // That of u8 too.
}

TEST_F(BenchTest, AnInterruptionKeepsWhatIsFinished) {
  add("mb1ic1ih4iw4oc1kh1kw1");
  const BenchResult result = run([&] {
    return std::count(log.begin(), log.end(), "run a") == 2;  // In the second problem.
  });
  EXPECT_FALSE(result.complete);
  ASSERT_EQ(result.entries.size(), 2U);
  EXPECT_EQ(result.entries[0].samples_seconds.size(), 3U);
  EXPECT_GT(result.entries[0].peak_percent, 0);
}

TEST_F(BenchTest, TheFastestOfEveryProblemAndThreadCountIsMarked) {
  add("mb1ic1ih4iw4oc1kh1kw1");
  options.threads = {1, 2};
  options.blocks = 1;
  a.samples = {2e-3, 1e-4, 2e-3, 1e-4};  // Problem 0: 1 and 2 threads; problem 1 likewise.
  b.samples = {1e-3};
  const BenchResult result = run();
  std::vector<std::string> best;
  for (const BenchEntry& entry : result.entries) {
    if (entry.best) best.push_back(fmt::format("{} {}", entry.engine, entry.threads));
  }
  EXPECT_EQ(best, (std::vector<std::string>{"b 1", "a 2", "b 1", "a 2"}));
}

TEST(BusyMachine, IsSaidWhenThreadsDidNotGetTheirProcessors) {
  BenchResult result;
  EXPECT_EQ(busy_machine(result), std::nullopt);
  result.limits.peaks.push_back({.type = ElementType::kF32,
                                 .threads = 1,
                                 .target = "AVX2",
                                 .samples_gflops = {1, 1, 1},
                                 .cpu_shares = {0.99, 1, 0.2}});
  EXPECT_EQ(busy_machine(result), std::nullopt);
  result.limits.peaks.push_back(result.limits.peaks[0]);
  result.limits.peaks[1].threads = 1 << 20;  // More threads than processors share them by design.
  result.limits.peaks[1].cpu_shares = {0.5};
  EXPECT_EQ(busy_machine(result), std::nullopt);
  result.limits.peaks[0].cpu_shares = {0.6, 0.61, 0.99};
  EXPECT_EQ(busy_machine(result),
            "the machine was busy: 1 thread of arithmetic got 61 % of the processors");
}

}  // namespace
}  // namespace convcheck::benchmarks
