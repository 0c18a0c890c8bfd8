// SPDX-License-Identifier: Apache-2.0
#include "properties/validate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "properties/bug_suite.hpp"
#include "properties/canary_runner.hpp"
#include "properties/mutants.hpp"
#include "properties/test_runners.hpp"

namespace convcheck::properties {
namespace {

std::vector<SuiteLine> suite(const std::string& text) {
  Result<std::vector<SuiteLine>> lines = parse_suite(text);
  EXPECT_TRUE(lines) << (lines ? "" : lines.error().message);
  return *lines;
}

const PassVerdict& verdict_of(const ProblemValidation& problem, Pass pass) {
  for (const PassVerdict& verdict : problem.passes)
    if (verdict.pass == pass) return verdict;
  throw std::out_of_range(to_string(pass));
}

VerdictKind kind_of(const ProblemValidation& problem, Pass pass) {
  return verdict_of(problem, pass).verdict.kind;
}

TEST(Validate, ACorrectEngineHoldsEverywhere) {
  const auto runner = make_canary_runner(make_plain_engine());
  const ValidationResult result = validate_engine(*runner, suite(kBugSuite));
  EXPECT_TRUE(result.complete);
  for (const ProblemValidation& problem : result.problems) {
    EXPECT_TRUE(problem.declined.empty());
    EXPECT_EQ(problem.effort, Effort::kFull);
    EXPECT_EQ(problem.passes.size(), kPasses.size());
    const std::int64_t cases = static_cast<std::int64_t>(
        problem_cases(parse_chain(problem.problem)->chain, ValidateOptions()).size());
    // The smallest problems have no other variant.
    EXPECT_GE(problem.runs, cases - 1) << problem.problem;
    EXPECT_LE(problem.runs, cases) << problem.problem;
    ASSERT_TRUE(problem.accuracy);
    EXPECT_GT(problem.accuracy->outputs, 0);
    EXPECT_EQ(problem.algorithm, "plain-loops");
    for (const PassVerdict& pass : problem.passes)
      EXPECT_EQ(pass.verdict.kind, VerdictKind::kHolds)
          << problem.problem << " " << to_string(pass.pass) << ": " << pass.verdict.detail;
  }
  const ValidationTotals totals = result.totals();
  EXPECT_EQ(totals.problems, static_cast<std::int64_t>(suite(kBugSuite).size()));
  EXPECT_EQ(totals.holds, totals.problems * static_cast<std::int64_t>(kPasses.size()));
  EXPECT_EQ(totals.failures, 0);
  EXPECT_GT(totals.max_bound_used, 0);
  EXPECT_LE(totals.max_bound_used, 1);
}

TEST(Validate, WhatAnEngineDeclinesIsNotPassed) {
  const auto runner = make_canary_runner(make_plain_engine());
  const ValidationResult result =
      validate_engine(*runner, suite("f64:mb1ic2ih4oc2oh4kh3ph1\nmb1ic2ih4oc2oh4kh3ph1"));
  EXPECT_EQ(result.problems[0].declined,
            "plain computes f32, and u8 and s8 to s32 (conv, no bias) with 257 terms at most");
  EXPECT_TRUE(result.problems[0].passes.empty());
  EXPECT_EQ(result.totals().declined, 1);
  EXPECT_EQ(result.totals().holds, static_cast<std::int64_t>(kPasses.size()));
}

TEST(Validate, ShrinksTheFirstFailuresOfAPass) {
  const auto runner = make_canary_runner(*make_mutant("group-offset-missing"));
  ValidateOptions options;
  options.passes = {Pass::kIndexing};
  options.shrunk_failures = 1;
  const ValidationResult result =
      validate_engine(*runner, suite("mb2g3ic12ih9oc6oh9kh3ph1\nmb1g2ic4ih7oc4oh7kh3ph1"), options);
  const Verdict& first = result.problems[0].passes[0].verdict;
  EXPECT_EQ(first.kind, VerdictKind::kRefuted);
  ASSERT_TRUE(first.counterexample);
  const ConvProblem& smallest = first.counterexample->chain.front();
  EXPECT_EQ(smallest.groups, 2);
  EXPECT_EQ(smallest.in_channels, 2);
  EXPECT_EQ(smallest.nominal_macs(), 2) << first.detail;
  EXPECT_EQ(first.judgement->discrepancy->operand, "y");
  const Verdict& second = result.problems[1].passes[0].verdict;
  EXPECT_EQ(second.kind, VerdictKind::kRefuted);
  EXPECT_EQ(second.shrinks, 0);
  EXPECT_NE(second.detail.find("not shrunk, as 1 like it were"), std::string::npos)
      << second.detail;
  EXPECT_EQ(to_string(second.counterexample->chain), result.problems[1].problem);
}

TEST(Validate, CrashesAndTimeoutsAreVerdictsAndTheRunGoesOn) {
  ScriptedRunner runner([](const Case& c, Outcome correct) {
    const ConvProblem& p = c.chain.front();
    if (p.in_channels == 3 && p.out_channels == 5) {
      correct.kind = OutcomeKind::kCrashed;
      correct.reason = "SIGSEGV";
    }
    if (p.batch == 7) {
      correct.kind = OutcomeKind::kTimedOut;
      correct.reason = "no answer";
    }
    return correct;
  });
  const ValidationResult result = validate_engine(
      runner, suite("mb2ic3ih8oc5oh8kh3ph1\nmb7ic2ih4oc2oh4kh3ph1\nmb1ic2ih4oc2oh4kh3ph1"));
  ASSERT_EQ(result.problems.size(), 3);
  const Verdict& crashed = verdict_of(result.problems[0], Pass::kIndexing).verdict;
  EXPECT_EQ(crashed.kind, VerdictKind::kCrashed);
  EXPECT_EQ(crashed.counterexample->chain.front().nominal_macs(), 15) << crashed.detail;
  EXPECT_EQ(kind_of(result.problems[1], Pass::kIndexing), VerdictKind::kTimedOut);
  EXPECT_EQ(kind_of(result.problems[1], Pass::kArithmetic), VerdictKind::kGaveUp);
  EXPECT_EQ(result.totals().timed_out, 1);
  for (const PassVerdict& pass : result.problems[2].passes)
    EXPECT_EQ(pass.verdict.kind, VerdictKind::kHolds);
}

TEST(Validate, AFindingBesideTheValuesFailsAPass) {
  ScriptedRunner runner([](const Case& c, Outcome correct) {
    if (c.environment.guard == GuardSide::kBefore)
      correct.findings.push_back({Finding::Kind::kStrayWrite, "y", -4, "four bytes before y"});
    return correct;
  });
  const ValidationResult result = validate_engine(runner, suite("mb1ic2ih4oc2oh4kh3ph1"));
  EXPECT_EQ(kind_of(result.problems[0], Pass::kIndexing), VerdictKind::kHolds);
  EXPECT_EQ(kind_of(result.problems[0], Pass::kMemory), VerdictKind::kRefuted);
  EXPECT_EQ(
      verdict_of(result.problems[0], Pass::kMemory).verdict.judgement->outcome->findings.size(), 1);
}

// One unit in the last place of one output, well within the bound.
void nudge(Outcome& outcome) {
  float& v = outcome.output->values<float>()[0];
  v = std::nextafter(v, 2 * v);
}

TEST(Validate, HoldsAPlanToTheBitsThatItClaims) {
  for (const bool claimed : {true, false}) {
    ScriptedRunner runner([&](const Case& c, Outcome correct) {
      correct.claim.algorithm = AlgorithmClass::kDirect;
      correct.claim.thread_invariant = correct.claim.deterministic = claimed;
      // Exact data stay exact: only the rounding depends on the threads or on the calls before.
      const bool rounding =
          c.operands[0].count() > 0 && c.operands[0].value(0) != std::trunc(c.operands[0].value(0));
      if (rounding && (c.environment.threads > 1 || c.environment.prior_calls > 0)) nudge(correct);
      return correct;
    });
    ValidateOptions options;
    options.shrunk_failures = 0;
    const ValidationResult result =
        validate_engine(runner, suite("mb1ic2ih4oc2oh4kh3ph1"), options);
    const VerdictKind expected = claimed ? VerdictKind::kRefuted : VerdictKind::kHolds;
    EXPECT_EQ(kind_of(result.problems[0], Pass::kThreads), expected);
    EXPECT_EQ(kind_of(result.problems[0], Pass::kState), expected);
    EXPECT_EQ(kind_of(result.problems[0], Pass::kArithmetic), VerdictKind::kHolds);
  }
}

TEST(Validate, AnotherPlanMayChooseAnotherAlgorithm) {
  // Deterministic within one plan; every new plan rounds differently, prior calls or not.
  std::int64_t plans = 0;
  ScriptedRunner runner([&](const Case& c, Outcome correct) {
    correct.claim = {AlgorithmClass::kDirect, std::nullopt, false, true, false};
    if (c.operands[0].value(0) != std::trunc(c.operands[0].value(0)) && ++plans % 2 == 0)
      nudge(correct);
    return correct;
  });
  ValidateOptions options;
  options.passes = {Pass::kState};
  const ValidationResult result = validate_engine(runner, suite("mb1ic2ih4oc2oh4kh3ph1"), options);
  EXPECT_EQ(kind_of(result.problems[0], Pass::kState), VerdictKind::kHolds);
}

TEST(Validate, SaysWhatReducedEffortLeavesOut) {
  ScriptedRunner runner = correct_runner();
  ValidateOptions options;
  options.profile = Profile::kSmoke;
  const ValidationResult result = validate_engine(runner, suite("mb1ic2ih4oc2oh4kh3ph1"), options);
  const ProblemValidation& problem = result.problems[0];
  EXPECT_EQ(problem.effort, Effort::kReduced);
  EXPECT_EQ(kind_of(problem, Pass::kConditioning), VerdictKind::kNotApplicable);
  EXPECT_EQ(verdict_of(problem, Pass::kConditioning).verdict.detail, "not run at reduced effort");
  EXPECT_EQ(verdict_of(problem, Pass::kIndexing).verdict.detail, "reduced effort: 2 cases");
  EXPECT_EQ(result.totals().not_applicable, 4);
  const std::vector<SuiteLine> large = suite("mb1ic64ih32oc32oh32kh3ph1");
  EXPECT_GT(large[0].problem.chain.nominal_macs(), kFullEffortMacs);
  EXPECT_EQ(validate_engine(runner, large).problems[0].effort, Effort::kReduced);
}

TEST(Validate, SameSeedSameVerdicts) {
  const auto runner = make_canary_runner(*make_mutant("bf16-operands"));
  ValidateOptions options;
  options.passes = {Pass::kArithmetic};
  const std::vector<SuiteLine> lines = suite("mb1ic3ih4oc2oh4kh3ph1");
  const Verdict a = validate_engine(*runner, lines, options).problems[0].passes[0].verdict;
  const Verdict b = validate_engine(*runner, lines, options).problems[0].passes[0].verdict;
  EXPECT_EQ(a.detail, b.detail);
  EXPECT_EQ(a.counterexample->operands, b.counterexample->operands);
}

TEST(Validate, ProgressCountsAndStops) {
  ScriptedRunner runner = correct_runner();
  const std::vector<SuiteLine> lines = suite("ic1ih4oc1kh3ph1\nic2ih4oc1kh3ph1\nic3ih4oc1kh3ph1");
  std::vector<std::size_t> seen;
  const ValidationResult result = validate_engine(runner, lines, {}, [&](const auto& progress) {
    seen.push_back(progress.done);
    EXPECT_EQ(progress.total, 3);
    return progress.done < 2;
  });
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.problems.size(), 2);
}

TEST(Validate, NothingToCompareIsNotAPass) {
  ScriptedRunner runner = correct_runner();
  const ValidationResult result = validate_engine(runner, suite("mb1ic2ih0oc2oh0kh1ph0"));
  EXPECT_EQ(kind_of(result.problems[0], Pass::kIndexing), VerdictKind::kNotApplicable);
  EXPECT_EQ(result.totals().holds, 0);
}

TEST(Passes, HaveNamesThatParse) {
  for (const Pass pass : kPasses) {
    EXPECT_EQ(parse_pass(to_string(pass)), pass);
    EXPECT_EQ(pass_law(pass).id, to_string(pass));
    const Case c = pass_law(pass).make_case(*parse_problem("mb1ic2ih4oc2oh4kh3ph1"), 1);
    EXPECT_EQ(c.operands.size(), 2);
  }
  EXPECT_FALSE(parse_pass("speed"));
}

}  // namespace
}  // namespace convcheck::properties
