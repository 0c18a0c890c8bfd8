// SPDX-License-Identifier: Apache-2.0
// Programs behind `exec:`: right ones, and answers that are none.
#include <gtest/gtest.h>

#include <algorithm>

#include "peers/engine_spec.hpp"
#include "peers/testpeers/test_cases.hpp"

namespace convcheck::peers {
namespace {

std::string program(const std::string& mode) {
  return std::string("exec:") + CONVCHECK_PYTHON + " '" + CONVCHECK_TEST_PROGRAM + "' " + mode;
}

Result<std::unique_ptr<Runner>> start(const std::string& name, double timeout_seconds = 60) {
  RunnerOptions options;
  options.case_timeout_seconds = timeout_seconds;
  options.start_timeout_seconds = timeout_seconds;
  return make_runner(*parse_engine_spec(name), options);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void expect_first_element(const Outcome& outcome, const Case& c) {
  ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted) << outcome.reason << outcome.log;
  EXPECT_TRUE(outcome.findings.empty()) << outcome.findings.front().detail;
  const float first = c.operands[0].values<float>()[0];
  const auto values = outcome.output->values<float>();
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [=](float v) { return v == first; }));
}

TEST(Program, AnswersCases) {
  const auto runner = start(program("right"));
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  EXPECT_EQ((*runner)->engine().version, "test 1");
  for (const int channels : {3, 5, 64, 4096, 5}) {
    Case c = small_case(channels);
    c.environment.prior_calls = 1;
    const Outcome outcome = (*runner)->run(c);
    expect_first_element(outcome, c);
    if (channels == 5) {
      EXPECT_EQ(outcome.claim.tree_height, 3);
    }
  }
  const Status refused = (*runner)->supports(small_case(7).chain);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "seven");
  const Result<Timing> timing = (*runner)->time(small_case(), {});
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_EQ(timing->calls, 3);
  EXPECT_FALSE(timing->last_output.has_value());
}

TEST(Program, ATimingIsOfTheCallsThatWereAskedForAndOnTheLastOperands) {
  const auto runner = start(program("right"));
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  const Case c = small_case();
  Case last = c;
  last.operands[0].values<float>()[0] = 77;
  TimingRequest request;
  request.calls = 7;
  request.last_operands = &last.operands;
  const Result<Timing> timing = (*runner)->time(c, request);
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_EQ(timing->calls, 7);
  EXPECT_TRUE(timing->self_timed);
  EXPECT_GT(timing->wall_seconds, 0);
  ASSERT_TRUE(timing->last_output.has_value());
  for (const float v : timing->last_output->values<float>()) EXPECT_EQ(v, 77);
}

struct Misanswer {
  const char* mode;
  OutcomeKind kind;
  const char* words;
  double timeout_seconds = 60;
};

class Misanswers : public testing::TestWithParam<Misanswer> {};

TEST_P(Misanswers, AreSeenAndTheRunGoesOn) {
  const Misanswer& expected = GetParam();
  const auto runner = start(program(expected.mode), expected.timeout_seconds);
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  const Outcome outcome = (*runner)->run(small_case(5));
  EXPECT_STREQ(to_string(outcome.kind), to_string(expected.kind)) << outcome.reason;
  EXPECT_TRUE(contains(outcome.reason, expected.words)) << outcome.reason;
  const Case next = small_case(3);
  expect_first_element((*runner)->run(next), next);
}

INSTANTIATE_TEST_SUITE_P(
    All, Misanswers,
    testing::Values(
        Misanswer{"garbage", OutcomeKind::kProtocolError, "no JSON: not json {{"},
        Misanswer{"no_frame", OutcomeKind::kProtocolError,
                  "announced a message of 1667330644 bytes"},
        Misanswer{"array", OutcomeKind::kProtocolError, "JSON, but no object: []"},
        Misanswer{"deep", OutcomeKind::kProtocolError, "no JSON"},
        Misanswer{"oversize", OutcomeKind::kProtocolError, "announced a message of 2147483647"},
        Misanswer{"wrong_id", OutcomeKind::kProtocolError, "answered request"},
        Misanswer{"wrong_type", OutcomeKind::kProtocolError, "field \"outcome\" is 3"},
        Misanswer{"wrong_word", OutcomeKind::kProtocolError, "\"splendid\"; it must be one of"},
        Misanswer{"two_answers", OutcomeKind::kProtocolError, "bytes after its answer"},
        Misanswer{"die_in_message", OutcomeKind::kCrashed,
                  "called exit(3) in the middle of its answer"},
        Misanswer{"hang_in_message", OutcomeKind::kTimedOut, "gave half an answer within", 3},
        Misanswer{"close_answer", OutcomeKind::kProtocolError, "closed its answer descriptor"},
        Misanswer{"child_keeps_socket", OutcomeKind::kCrashed, "called exit(5)"},
        Misanswer{"die", OutcomeKind::kCrashed, "killed by signal 9"},
        Misanswer{"refuse", OutcomeKind::kRefused, "not"},
        Misanswer{"fail", OutcomeKind::kFailed, "out of registers"},
        Misanswer{"error", OutcomeKind::kFailed, "cudaMalloc"}),
    [](const testing::TestParamInfo<Misanswer>& info) { return std::string(info.param.mode); });

TEST(Program, LastWordsAreKept) {
  const auto runner = start(program("die"));
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  EXPECT_EQ((*runner)->run(small_case(5)).log, "last words\n");
}

TEST(Program, WritesThatItMayNotMakeAreFound) {
  const auto findings = [](const char* mode) {
    const auto runner = start(program(mode));
    if (!runner) throw std::runtime_error(runner.error().message);
    return (*runner)->run(small_case(5));
  };
  expect_finding(findings("leave_element"), Finding::Kind::kPoisonLeft, "y");
  expect_finding(findings("write_gap"), Finding::Kind::kStrayWrite, "y");
  expect_finding(findings("write_input"), Finding::Kind::kInputModified, "x");
}

TEST(Program, SaysWhyItCannotStart) {
  const auto message = [](const std::string& name, double timeout_seconds = 60) {
    const auto runner = start(name, timeout_seconds);
    EXPECT_FALSE(runner.has_value());
    if (runner) return std::string();
    EXPECT_EQ(runner.error().code, ErrorCode::kEngineStart);
    return runner.error().message;
  };
  EXPECT_TRUE(contains(message("exec:/no/such/program"), "called exit(127)"));
  EXPECT_TRUE(contains(message("exec:/no/such/program"), "not found"));
  EXPECT_TRUE(contains(message(program("no_hello")), "called exit(1)"));
  EXPECT_TRUE(contains(message(program("no_hello")), "it printed: cannot import torch"));
  EXPECT_TRUE(contains(message(program("old_protocol")), "speaks protocol version 0"));
  EXPECT_TRUE(contains(message(program("silent"), 1), "gave no answer within 1 s"));
}

TEST(Program, ADishonestTimingIsNoTiming) {
  const auto runner = start(program("bad_time"));
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  const Result<Timing> timing = (*runner)->time(small_case(), {});
  ASSERT_FALSE(timing.has_value());
  EXPECT_EQ(timing.error().code, ErrorCode::kProtocol);
}

}  // namespace
}  // namespace convcheck::peers
