// SPDX-License-Identifier: Apache-2.0
#include "peers/in_process_runner.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "peers/testpeers/test_cases.hpp"

namespace convcheck::peers {
namespace {

std::unique_ptr<InProcessRunner> misbehaving(const std::string& variant) {
  return in_process(module_path("misbehaving"), variant);
}

TEST(InProcess, AgreesWithTheTextbook) {
  for (const char* variant : {"", "strided", "opaque", "slack", "aligned"}) {
    const auto runner = misbehaving(variant);
    for (const int channels : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2}) {
      for (const LayoutChoice layout : {LayoutChoice::kPlain, LayoutChoice::kPreferred}) {
        Case c = small_case(channels);
        c.environment.layout = layout;
        SCOPED_TRACE(variant);
        expect_right(runner->run(c), c);
      }
    }
  }
}

TEST(InProcess, OneChainOnManyData) {
  const auto runner = in_process(textbook_path());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Case c = make_case("mb1ic4ih4oc6oh4kh1ph0 | shuffle:2 | mb1ic6ih4oc2oh4kh3ph1", seed);
    expect_right(runner->run(c), c);
  }
}

TEST(InProcess, FindsUnwrittenElements) {
  for (const std::uint8_t poison : {0x00, 0x55, 0xff}) {
    Case c = small_case();
    c.environment.poison = poison;
    const Outcome outcome = misbehaving("leave_element")->run(c);
    expect_finding(outcome, Finding::Kind::kPoisonLeft, "y");
    EXPECT_EQ(outcome.findings.front().offset_bytes, (3 * 4 * 5 - 1) * 4);
  }
}

TEST(InProcess, ValuesThatLookLikePoisonAreNoFinding) {
  Case c = small_case();
  c.environment.poison = 0;
  for (Tensor& tensor : c.operands) tensor = Tensor(tensor.type(), tensor.shape());
  const Outcome outcome = misbehaving("")->run(c);
  ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted);
  EXPECT_TRUE(outcome.findings.empty());
}

// What a held problem computes of the operands of a case.
Tensor held_output(HeldProblem& held, const Case& c) {
  std::size_t next = 0;
  Role written = Role::kY;
  for (const OperandSpec& spec : operand_specs(c.chain)) {
    if (spec.written) {
      written = spec.role;
      continue;
    }
    const Tensor& from = c.operands[next++];
    std::memcpy(held.operand(spec.role).data(), from.data(), from.size_bytes());
  }
  EXPECT_TRUE(held.call());
  return held.operand(written);
}

TEST(Held, ComputesWhatRunDoes) {
  for (const char* variant : {"", "strided", "opaque", "slack", "aligned"}) {
    const auto runner = misbehaving(variant);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Case c = make_case("mb1ic2ih5iw6oc3oh4ow5kh2kw2ph0pw0", seed);
      const auto held = runner->hold(c.chain.front());
      ASSERT_NE(held, nullptr);
      EXPECT_EQ(held->claim().algorithm, runner->run(c).claim.algorithm);
      EXPECT_TRUE(held_output(*held, c) == right_output(c)) << variant << " " << seed;
      EXPECT_EQ(runner->hold(c.chain.front()), held);
    }
  }
  EXPECT_EQ(misbehaving("refuse")->hold(small_case().chain.front()), nullptr);
}

TEST(Held, ThousandsOfProblems) {
  const auto runner = in_process(textbook_path());
  for (int round = 0; round < 2; ++round) {
    for (int channels = 1; channels <= 700; ++channels) {
      const Case c = small_case(channels);
      const auto held = runner->hold(c.chain.front());
      ASSERT_NE(held, nullptr);
      if (channels % 97 != 0) continue;
      EXPECT_TRUE(held_output(*held, c) == right_output(c)) << channels;
    }
  }
}

TEST(Held, SaysThatACallWentWrong) {
  for (const char* variant : {"write_input", "leave_element"}) {
    const auto held = misbehaving(variant)->hold(small_case().chain.front());
    ASSERT_NE(held, nullptr);
    EXPECT_FALSE(held->call()) << variant;
  }
  // The plan stays: its second call is one.
  const auto held = misbehaving("second_call")->hold(small_case().chain.front());
  EXPECT_TRUE(held->call());
  const float first = held->operand(Role::kY).values<float>()[0];
  EXPECT_TRUE(held->call());
  EXPECT_NE(held->operand(Role::kY).values<float>()[0], first);
}

TEST(InProcess, FindsModifiedInputs) {
  const Case c = small_case();
  const Outcome outcome = misbehaving("write_input")->run(c);
  expect_finding(outcome, Finding::Kind::kInputModified, "x");
  EXPECT_EQ(outcome.findings.front().offset_bytes, 4);
}

TEST(InProcess, PriorAndConcurrentCalls) {
  Case c = small_case();
  c.environment.prior_calls = 1;
  const Outcome second = misbehaving("second_call")->run(c);
  ASSERT_EQ(second.kind, OutcomeKind::kCompleted) << second.reason;
  EXPECT_FALSE(*second.output == right_output(c));
  c.environment.prior_calls = 0;
  c.environment.concurrent_calls = 3;
  expect_right(misbehaving("")->run(c), c);
  expect_finding(misbehaving("races")->run(c), Finding::Kind::kConcurrencyMismatch, "y");
}

TEST(InProcess, RefusalsAndErrors) {
  EXPECT_EQ(misbehaving("")->run(make_case("g2mb1ic4ih4oc4oh4kh1ph0")).kind, OutcomeKind::kRefused);
  EXPECT_EQ(misbehaving("odd_answer")->run(small_case()).kind, OutcomeKind::kFailed);
  Case c = small_case();
  c.operands[0] = Tensor(ElementType::kF32, {1});
  const Outcome outcome = misbehaving("")->run(c);
  EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
  EXPECT_EQ(outcome.reason, "operand x is f32 [1] where the chain reads f32 [1, 2, 5, 6]");
}

TEST(InProcess, TimingIsTheHooks) {
  EXPECT_FALSE(misbehaving("")->time(small_case(), {}).has_value());
  Result<std::unique_ptr<Engine>> engine = load_so_engine(textbook_path(), "");
  ASSERT_TRUE(engine.has_value());
  InProcessRunner runner(*std::move(engine),
                         [](Engine&, const Case&, const TimingRequest& request) {
                           Timing timing;
                           timing.seconds_per_call = request.budget_seconds;
                           return Result<Timing>(timing);
                         });
  EXPECT_EQ(runner.time(small_case(), {})->seconds_per_call, 10);
}

}  // namespace
}  // namespace convcheck::peers
