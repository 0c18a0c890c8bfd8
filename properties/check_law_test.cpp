// SPDX-License-Identifier: Apache-2.0
#include "properties/check_law.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/Random.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "core/problem_text.hpp"
#include "optimized/engine.hpp"
#include "peers/in_process_runner.hpp"
#include "properties/shrink.hpp"
#include "properties/test_runners.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {
namespace {

const Law& law(std::string_view id) { return *find_law(id); }

Outcome refused(Outcome outcome) {
  outcome.kind = OutcomeKind::kRefused;
  outcome.reason = "not today";
  outcome.output.reset();
  return outcome;
}

class EveryLaw : public testing::TestWithParam<const Law*> {};

std::string law_name(const testing::TestParamInfo<const Law*>& info) {
  std::string name(info.param->id);
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

TEST_P(EveryLaw, IsRightAboutTheReference) {
  peers::InProcessRunner runner(reference::make_reference_engine());
  const Verdict verdict = check_law(*GetParam(), runner, {.cases = 40});
  const bool is_true = GetParam()->expected == Truth::kTrue;
  EXPECT_EQ(verdict.kind, is_true ? VerdictKind::kHolds : VerdictKind::kRefuted) << verdict.detail;
  EXPECT_FALSE(is_failure(verdict, GetParam()->expected));
  EXPECT_GE(verdict.cases, is_true ? 40 : 1);
}

TEST_P(EveryLaw, IsRightAboutTheOptimizedEngine) {
  peers::InProcessRunner runner(*optimized::make_engine("auto"));
  const Verdict verdict = check_law(*GetParam(), runner, {.seed = 2, .cases = 40});
  EXPECT_FALSE(is_failure(verdict, GetParam()->expected)) << verdict.detail;
  EXPECT_NE(verdict.kind, VerdictKind::kGaveUp) << verdict.detail;
}

// The same check with the other truth fails.
TEST_P(EveryLaw, FailsWithTheOtherTruth) {
  Law flipped = *GetParam();
  flipped.expected = flipped.expected == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
  peers::InProcessRunner runner(reference::make_reference_engine());
  const Verdict verdict = check_law(flipped, runner, {.cases = 40});
  EXPECT_TRUE(is_failure(verdict, flipped.expected)) << verdict.detail;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryLaw, testing::ValuesIn(laws()), law_name);

TEST(CheckLaw, AVacuousRunIsAFailure) {
  ScriptedRunner zeros([](const Case&, Outcome outcome) {
    if (outcome.output) outcome.output = Tensor(outcome.output->type(), outcome.output->shape());
    return outcome;
  });
  const Verdict verdict = check_law(law("additive-in-data"), zeros, {.cases = 20});
  EXPECT_EQ(verdict.kind, VerdictKind::kVacuous);
  EXPECT_TRUE(is_failure(verdict, Truth::kTrue));
  EXPECT_TRUE(is_failure(verdict, Truth::kFalse));
  EXPECT_EQ(check_law(law("oracle-agreement-exact"), zeros).kind, VerdictKind::kRefuted);
}

TEST(CheckLaw, RefusalsAreNotPasses) {
  ScriptedRunner none([](const Case&, Outcome outcome) { return refused(std::move(outcome)); });
  const Verdict nothing = check_law(law("flip"), none, {.cases = 5});
  EXPECT_EQ(nothing.kind, VerdictKind::kNotApplicable);
  EXPECT_EQ(nothing.cases, 0);
  EXPECT_EQ(nothing.not_applicable, kDrawsPerCase);
  EXPECT_EQ(nothing.detail, "not today");

  ScriptedRunner few([](const Case& c, Outcome outcome) {
    const ConvProblem& p = c.chain.front();
    return p.batch == 5 && p.rank == 3 ? outcome : refused(std::move(outcome));
  });
  const Verdict some = check_law(law("flip"), few, {.cases = 60});
  EXPECT_EQ(some.kind, VerdictKind::kGaveUp);
  EXPECT_GT(some.cases, 0);
  EXPECT_NE(some.detail.find("of 60 cases"), std::string::npos) << some.detail;
  EXPECT_FALSE(is_failure(some, Truth::kTrue));
  EXPECT_TRUE(is_failure(some, Truth::kFalse));
}

TEST(CheckLaw, CrashesAndTimeoutsAreVerdicts) {
  for (const auto& [kind, expected] : {std::pair{OutcomeKind::kCrashed, VerdictKind::kCrashed},
                                       std::pair{OutcomeKind::kTimedOut, VerdictKind::kTimedOut},
                                       std::pair{OutcomeKind::kFailed, VerdictKind::kRefuted}}) {
    ScriptedRunner runner([kind = kind](const Case& c, Outcome outcome) {
      if (c.chain.front().stride[2] != 2) return outcome;
      outcome.kind = kind;
      outcome.output.reset();
      return outcome;
    });
    const Verdict verdict = check_law(law("oracle-agreement-exact"), runner);
    EXPECT_EQ(verdict.kind, expected);
    EXPECT_TRUE(is_failure(verdict, Truth::kTrue));
    EXPECT_TRUE(is_failure(verdict, Truth::kFalse));
    ASSERT_TRUE(verdict.counterexample);
    EXPECT_EQ(verdict.counterexample->chain.front().stride[2], 2);
    EXPECT_EQ(verdict.counterexample->chain.front().rank, 1);
    EXPECT_EQ(verdict.judgement->outcome->kind, kind);
  }
}

TEST(CheckLaw, FindingsRefuteWritesOnlyOutput) {
  ScriptedRunner runner([](const Case&, Outcome outcome) {
    outcome.findings.push_back({Finding::Kind::kStrayWrite, "y", -4, "a byte before y changed"});
    return outcome;
  });
  const Verdict verdict = check_law(law("writes-only-output"), runner);
  EXPECT_EQ(verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(verdict.detail.find("stray-write at y + -4 bytes"), std::string::npos)
      << verdict.detail;
  EXPECT_EQ(check_law(law("flip"), runner, {.cases = 5}).kind, VerdictKind::kHolds);
}

TEST(CheckLaw, TheSeedDecidesEverything) {
  const auto wrong = [] {
    return ScriptedRunner([](const Case&, Outcome outcome) {
      if (outcome.output && outcome.output->count() > 0) outcome.output->set_value(0, 12345);
      return outcome;
    });
  };
  const CheckOptions as_drawn{.seed = 9, .max_shrinks = 0};
  ScriptedRunner one = wrong();
  ScriptedRunner two = wrong();
  const Verdict first = check_law(law("oracle-agreement-exact"), one, as_drawn);
  // Not for the environment to decide: RapidCheck's own options are read by nobody here.
  setenv("RC_PARAMS", "seed=77 max_success=1", 1);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Verdict again = check_law(law("oracle-agreement-exact"), two, as_drawn);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  unsetenv("RC_PARAMS");
  EXPECT_EQ(first.counterexample->chain, again.counterexample->chain);
  EXPECT_EQ(first.counterexample->operands, again.counterexample->operands);
  EXPECT_EQ(first.shrinks, 0);
  const Verdict other =
      check_law(law("oracle-agreement-exact"), two, {.seed = 10, .max_shrinks = 0});
  EXPECT_NE(first.detail, other.detail);
  EXPECT_EQ(first.reproducer,
            "convcheck laws --law oracle-agreement-exact --engine 'scripted' "
            "--seed 9 --cases 100");
}

}  // namespace
}  // namespace convcheck::properties
