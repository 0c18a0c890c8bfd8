// SPDX-License-Identifier: Apache-2.0
// Timing through a worker process.
#include <gtest/gtest.h>

#include <csignal>

#include "peers/testpeers/test_cases.hpp"
#include "peers/testpeers/test_runners.hpp"
#include "peers/worker_runner.hpp"

namespace convcheck::peers {
namespace {

TEST(Worker, TimesByTheHook) {
  const auto runner = misbehaving("");
  TimingRequest request;
  request.min_block_seconds = 0.25;
  const Result<Timing> timing = runner->time(small_case(), request);
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_EQ(timing->calls, 2);
  EXPECT_EQ(timing->seconds_per_call, 0.25);
}

// A case is handed over once, but for a call of another between.
TEST(Worker, TimesACaseOfANumberOnItsOperands) {
  const auto runner = misbehaving("");
  Case c = small_case();
  Case other = c;
  std::vector<Tensor> last = c.operands;
  c.operands[0].set_value(0, 3);
  last[0].set_value(0, 4);
  other.operands[0].set_value(0, 5);
  TimingRequest request;
  request.last_operands = &last;
  const auto expect_seen = [&](const Case& timed, std::uint64_t id) {
    request.case_id = id;
    const Result<Timing> timing = runner->time(timed, request);
    ASSERT_TRUE(timing.has_value()) << timing.error().message;
    EXPECT_EQ(timing->last_output->value(0), timed.operands[0].value(0));
    EXPECT_EQ(timing->last_output->value(1), 4);
  };
  for (const std::uint64_t id : {1, 1, 0, 2, 2}) expect_seen(c, id);
  // Another process reads what the shared tensors hold.
  expect_right(runner->run(other), other);
  ::kill(dynamic_cast<WorkerRunner&>(*runner).pid(), SIGKILL);
  request.case_id = 2;
  EXPECT_FALSE(runner->time(c, request).has_value());
  expect_seen(c, 2);
  expect_seen(other, 3);
  expect_seen(other, 0);
  expect_seen(c, 4);
}

TEST(Worker, TimingThatNeverEndsIsOverBudget) {
  RunnerOptions with = options();
  with.case_timeout_seconds = 0.2;
  const auto runner = misbehaving("", with);
  TimingRequest request;
  request.min_block_seconds = 0;
  request.budget_seconds = 1e-4;  // The test's timer never returns on this.
  const Result<Timing> timing = runner->time(small_case(), request);
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_TRUE(timing->over_budget);
  EXPECT_EQ(timing->lower_bound_seconds, 1e-4);
  const Case c = small_case();
  expect_right(runner->run(c), c);
}

}  // namespace
}  // namespace convcheck::peers
