// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/contest.hpp"

#include <cmath>

#include "benchmarks/bench_test.hpp"

namespace convcheck::benchmarks {
namespace {

using ContestTest = BenchTest;

TEST_F(ContestTest, SpreadsTheBlocksOverTheLaunchesEachInBothOrders) {
  two_launches = true;
  options.blocks = 4;
  const BenchResult result = run();
  EXPECT_EQ(log, (std::vector<std::string>{"run a", "run b",                                //
                                           "time a", "time twin", "time b",                 //
                                           "time b2", "time twin2", "time a2",              //
                                           "time-last b", "time-last twin", "time-last a",  //
                                           "time-last a2", "time-last twin2", "time-last b2"}));
  ASSERT_EQ(result.entries.size(), 2U);
  ASSERT_EQ(result.twins.size(), 1U);
  for (const BenchEntry& entry : {result.entries[0], result.entries[1], result.twins[0]}) {
    EXPECT_EQ(entry.sample_launches, (std::vector{0, 1, 0, 1}));
    EXPECT_EQ(entry.sample_blocks, (std::vector{0, 1, 2, 3}));
    EXPECT_TRUE(entry.verified && entry.verified_after);
  }
  EXPECT_EQ(result.twins[0].engine, "a");
}

TEST_F(ContestTest, TheTwinGivesTheNoiseFloorOfAllEngines) {
  two_launches = true;
  options.blocks = 8;
  for (FakeRunner* runner : {&a, &a2}) runner->samples = {1e-3};
  for (FakeRunner* runner : {&b, &b2}) runner->samples = {1.05e-3};
  twin.samples = twin2.samples = {0.99e-3};
  BenchResult result = run();
  for (const BenchEntry& entry : result.entries)
    EXPECT_NEAR(entry.noise_floor, 1 / 0.99 - 1, 1e-9) << entry.engine;
  ASSERT_TRUE(result.entries[0].ratio.has_value());
  EXPECT_EQ(result.entries[0].ratio->call, Call::kFaster);
  EXPECT_EQ(result.entries[1].ratio->call, Call::kSlower);
  twin.samples = twin2.samples = {1.06e-3};  // What is nearer than this is not told apart.
  result = run();
  EXPECT_EQ(result.entries[0].ratio->call, Call::kInconclusive);
  EXPECT_EQ(result.entries[0].ratio->text(), "~1.05");
  twin.time_error = twin2.time_error = Error{ErrorCode::kEngineFailed, "broke"};
  result = run();
  EXPECT_FALSE(std::isfinite(result.entries[0].noise_floor));
  EXPECT_EQ(result.entries[0].ratio->call, Call::kInconclusive);
}

TEST_F(ContestTest, WithoutTimesOfTheFirstEngineTheLargestFloorStands) {
  two_launches = true;
  options.blocks = 6;
  twin.samples = twin2.samples = {1.25e-3};
  a.unsupported = "no";
  add("mb1ic1ih4iw4oc1kh1kw1");
  EXPECT_FALSE(std::isfinite(run().entries[1].noise_floor));
  a.unsupported_rank = 2;
  add("mb1ic1iw4oc1kw1");
  const BenchResult result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kUnsupported);
  EXPECT_NEAR(result.entries[1].noise_floor, 0.25, 1e-9);
}

TEST_F(ContestTest, AnIntegerResultIsVerifiedOverTwoPoisons) {
  problems.clear();
  add("u8-s8-s32:mb1ic2ih4iw4oc2kh3kw3ph1pw1");
  b.unsupported = "no";
  run();
  EXPECT_EQ(a.poisons, (std::vector<int>{0xFF, 0xAA}));
  a.poisons.clear();
  two_launches = true;
  run();
  EXPECT_EQ(a.poisons, std::vector<int>{0xFF});
  EXPECT_EQ(a2.poisons, std::vector<int>{0xAA});
}

TEST_F(ContestTest, AnEngineWhoseLastCallIsNotRightIsWrong) {
  using LastCall = FakeRunner::LastCall;
  const struct {
    LastCall last_call;
    BenchStatus status;
    std::string reason;
  } kinds[] = {
      {LastCall::kKept, BenchStatus::kWrong, "it gave the result of those of calls before"},
      {LastCall::kWrong, BenchStatus::kWrong, "not in its last timed call, on other operands: y"},
      {LastCall::kUnwritten, BenchStatus::kWrong, "not in its last timed call"},
      {LastCall::kMissing, BenchStatus::kFailed, "did not come"},
  };
  for (const auto& [last_call, status, reason] : kinds) {
    a.last_call = last_call;
    const BenchResult result = run();
    const BenchEntry& entry = result.entries[0];
    EXPECT_EQ(entry.status, status) << reason;
    EXPECT_NE(entry.reason.find(reason), std::string::npos) << entry.reason;
    EXPECT_TRUE(entry.verified);
    EXPECT_FALSE(entry.verified_after);
    EXPECT_TRUE(entry.samples_seconds.empty());  // None of it was a time of the convolution.
    EXPECT_FALSE(entry.best);
    EXPECT_TRUE(result.entries[1].best);
  }
}

TEST_F(ContestTest, TheLastCallIsVerifiedWhereTheBudgetEndsEarly) {
  options.blocks = 1000;
  options.budget_seconds = 0.01;
  a.sleep = std::chrono::milliseconds(3);
  a.last_call = FakeRunner::LastCall::kKept;
  b.unsupported = "no";
  EXPECT_EQ(run().entries[0].status, BenchStatus::kWrong);
}

TEST_F(ContestTest, APeerThatTimesItselfIsHeldToTheClock) {
  a.wall_seconds_per_call = 1e-3;  // It says so, too.
  a.wall_overhead_seconds = 1e-3;
  BenchResult result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kTimed) << result.entries[0].reason;
  EXPECT_TRUE(result.entries[0].self_timed);
  a.wall_seconds_per_call = 1.5e-3;
  result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kDishonest);
  EXPECT_TRUE(result.entries[0].samples_seconds.empty());
  EXPECT_FALSE(result.entries[0].best);
  a.wall_seconds_per_call = 1e-3;
  a.miscount = 1;
  result = run();
  EXPECT_EQ(result.entries[0].status, BenchStatus::kDishonest);
  EXPECT_EQ(result.entries[0].reason, "it answers a request to time 50 calls with 51");
}

}  // namespace
}  // namespace convcheck::benchmarks
