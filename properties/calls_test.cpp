// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "properties/tensor_ops.hpp"
#include "properties/test_runners.hpp"

namespace convcheck::properties {
namespace {

using Kind = Judgement::Kind;

Tensor f32(std::initializer_list<double> values) {
  Tensor t(ElementType::kF32, {static_cast<std::int64_t>(values.size())});
  std::int64_t i = 0;
  for (const double v : values) t.set_value(i++, v);
  return t;
}

// Full true convolution of signals of these lengths.
ConvProblem pair_problem(std::int64_t n, std::int64_t k) {
  ConvProblem p;
  p.rank = 1;
  p.x_extent[2] = n;
  p.w_extent[2] = k;
  p.y_extent[2] = n + k - 1;
  p.pad_begin[2] = k - 1;
  p.orientation = Orientation::kConvolution;
  return p;
}

Judgement compared(const Tensor& expected, const Tensor& found, bool bits = false) {
  ScriptedRunner runner = correct_runner();
  Calls calls(runner, {});
  if (bits)
    calls.expect_same_bits("y", expected, found);
  else
    calls.expect_equal("y", expected, found);
  return calls.judgement();
}

TEST(Calls, ComparesNumbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(compared(f32({1, nan}), f32({1, nan})).kind, Kind::kHolds);
  EXPECT_EQ(compared(f32({1, 0.0}), f32({1, -0.0})).kind, Kind::kHolds);
  EXPECT_EQ(compared(f32({1, 0.0}), f32({1, -0.0}), true).kind, Kind::kViolated);
  EXPECT_EQ(compared(f32({1, 2}), f32({1, nan})).kind, Kind::kViolated);
  const Judgement j = compared(f32({1, 2, 3, 4}), f32({1, 5, 3, 6}));
  EXPECT_EQ(j.kind, Kind::kViolated);
  EXPECT_EQ(j.detail, "y[1] is 5, expected 2 (2 of 4 elements differ)");
  ASSERT_TRUE(j.discrepancy);
  EXPECT_EQ(j.discrepancy->index, 1);
  EXPECT_EQ(j.discrepancy->count, 2);
}

TEST(Calls, NothingComparedIsVacuous) {
  EXPECT_EQ(compared(f32({}), f32({})).kind, Kind::kVacuous);
  EXPECT_EQ(compared(f32({0, 0}), f32({0, -0.0})).kind, Kind::kVacuous);
  // An engine that writes zeros only is not let off: what was expected is not zero.
  EXPECT_EQ(compared(f32({0, 1}), f32({0, 0})).kind, Kind::kViolated);
}

TEST(Calls, TheFirstFailureDecides) {
  const ConvProblem p = pair_problem(2, 2);
  const auto kind_for = [&](OutcomeKind outcome_kind) {
    ScriptedRunner runner([&](const Case&, Outcome outcome) {
      outcome.kind = outcome_kind;
      outcome.reason = "said so";
      outcome.output.reset();
      return outcome;
    });
    Calls calls(runner, {});
    Values v;
    v[Role::kX] = Tensor(ElementType::kF32, p.x_shape());
    v[Role::kW] = Tensor(ElementType::kF32, p.w_shape());
    const Tensor y = calls.exact(p, v);
    EXPECT_EQ(y.shape(), p.y_shape());
    calls.run(p, v);
    EXPECT_EQ(runner.runs, 1) << "nothing runs after a failure";
    calls.expect_equal("y", f32({1}), f32({2}));
    EXPECT_EQ(calls.judgement().detail, "said so");
    return calls.judgement().kind;
  };
  EXPECT_EQ(kind_for(OutcomeKind::kRefused), Kind::kNotApplicable);
  EXPECT_EQ(kind_for(OutcomeKind::kCrashed), Kind::kCrashed);
  EXPECT_EQ(kind_for(OutcomeKind::kTimedOut), Kind::kTimedOut);
  EXPECT_EQ(kind_for(OutcomeKind::kFailed), Kind::kEngineFailed);
  EXPECT_EQ(kind_for(OutcomeKind::kOverMemory), Kind::kEngineFailed);
  EXPECT_EQ(kind_for(OutcomeKind::kProtocolError), Kind::kEngineFailed);
}

TEST(Calls, AnAnswerOfAnotherShapeIsTheEnginesFailure) {
  ScriptedRunner runner([](const Case&, Outcome outcome) {
    outcome.output = Tensor(ElementType::kF32, {1});
    return outcome;
  });
  Calls calls(runner, {});
  const ConvProblem p = pair_problem(2, 2);
  Values v;
  v[Role::kX] = Tensor(ElementType::kF32, p.x_shape());
  v[Role::kW] = Tensor(ElementType::kF32, p.w_shape());
  calls.run(p, v);
  EXPECT_EQ(calls.judgement().kind, Kind::kEngineFailed);
}

TEST(Calls, DataMustAddUpExactly) {
  const ConvProblem p = pair_problem(3, 2);
  const auto kind_for = [&](double x, double w, AlgorithmClass algorithm) {
    ScriptedRunner runner([&](const Case&, Outcome outcome) {
      outcome.claim.algorithm = algorithm;
      return outcome;
    });
    Values v;
    v[Role::kX] = reshaped(f32({x, 0, 0}), p.x_shape());
    v[Role::kW] = reshaped(f32({w, w}), p.w_shape());
    Calls calls(runner, {});
    const Tensor y = calls.exact(p, v);
    calls.expect_equal("y", y, y);
    return calls.judgement().kind;
  };
  EXPECT_EQ(kind_for(1, 1, AlgorithmClass::kDirect), Kind::kHolds);
  EXPECT_EQ(kind_for(4095, 2048, AlgorithmClass::kDirect), Kind::kHolds);  // 2 * 4095 * 2048 < 2^24
  EXPECT_EQ(kind_for(4096, 2048, AlgorithmClass::kDirect), Kind::kNotApplicable);
  EXPECT_EQ(kind_for(0.5, 1, AlgorithmClass::kDirect), Kind::kNotApplicable);
  EXPECT_EQ(kind_for(256, 1, AlgorithmClass::kBf16), Kind::kHolds);
  EXPECT_EQ(kind_for(257, 1, AlgorithmClass::kBf16), Kind::kNotApplicable);
  EXPECT_EQ(kind_for(2049, 1, AlgorithmClass::kTf32), Kind::kNotApplicable);
  EXPECT_EQ(kind_for(1, 1, AlgorithmClass::kFft), Kind::kNotApplicable);
}

// max |x| * sum |w| over one output of each operation, counted by hand.
TEST(Calls, SumsExactlyLooksAtTheOutputsOfEachOperation) {
  ConvProblem p;
  p.rank = 1;
  p.in_channels = 1;
  p.out_channels = 2;
  Values v;
  v[Role::kX] = reshaped(f32({1}), p.x_shape());
  v[Role::kY] = reshaped(f32({1, 1}), p.y_shape());
  v[Role::kW] = reshaped(f32({0x1p23, 0x1p23}), p.w_shape());
  EXPECT_TRUE(sums_exactly(p, v));  // One weight an output.
  p.operation = Operation::kDeconv;
  EXPECT_FALSE(sums_exactly(p, v));  // Both weights meet in x.
  p.operation = Operation::kWgrad;
  EXPECT_TRUE(sums_exactly(p, v));
}

// x = (1, 2^-30), w = (1, 1): the sum is no f32, so the result is a rounding away from it.
TEST(Calls, ResultsCarryTheBoundOfTheClaimAndTheErrorsOfTheirOperands) {
  const ConvProblem p = pair_problem(2, 2);
  const auto applied = [&](AlgorithmClass algorithm, const Estimate& x, double offset) {
    ScriptedRunner runner([&](const Case&, Outcome outcome) {
      outcome.claim.algorithm = algorithm;
      outcome.claim.tree_height.reset();
      outcome.output->set_rounded(1, outcome.output->value(1) + offset);
      return outcome;
    });
    Values v;
    v[Role::kX] = reshaped(x, p.x_shape());
    v[Role::kW] = reshaped(f32({1, 1}), p.w_shape());
    Calls calls(runner, {});
    const Estimate y = calls.apply(p, v);
    Tensor exact(ElementType::kF32, p.y_shape());  // x0, x0 + x1, x1, rounded.
    exact.set_value(0, x.value(0));
    exact.set_rounded(1, x.value(0) + x.value(1));
    exact.set_value(2, x.value(1));
    const std::int64_t i = 1;
    calls.expect_equal("y", exact, y);
    return std::pair{y.error(i), calls.judgement().kind};
  };
  // Integers that add up exactly have no error and allow none.
  EXPECT_EQ(applied(AlgorithmClass::kDirect, f32({1, 2}), 0), std::pair(0.0, Kind::kHolds));
  EXPECT_EQ(applied(AlgorithmClass::kDirect, f32({1, 2}), 0x1p-20),
            std::pair(0.0, Kind::kViolated));
  // Two terms near 1: 2 u S, and half a unit of the exact result's rounding.
  const Tensor inexact = f32({1, 0x1p-30});
  const double error = applied(AlgorithmClass::kDirect, inexact, 0).first;
  EXPECT_GT(error, 0x1p-23);
  EXPECT_LT(error, 0x1p-21);
  EXPECT_EQ(applied(AlgorithmClass::kDirect, inexact, 0x1p-23).second, Kind::kHolds);
  EXPECT_EQ(applied(AlgorithmClass::kDirect, inexact, 0x1p-20).second, Kind::kViolated);
  // An error of the operand arrives.
  const Estimate vague(inexact, {0x1p-10, 0});
  const double carried = applied(AlgorithmClass::kDirect, vague, 0x1p-11).first;
  EXPECT_GT(carried, 0x1p-10);
  EXPECT_LT(carried, 0x1p-10 + 0x1p-20);
  EXPECT_EQ(applied(AlgorithmClass::kDirect, vague, 0x1p-11).second, Kind::kHolds);
  EXPECT_EQ(applied(AlgorithmClass::kDirect, vague, 0x1p-9).second, Kind::kViolated);
  // A claim without a bound judges nothing.
  EXPECT_EQ(applied(AlgorithmClass::kFft, inexact, 0).second, Kind::kNotApplicable);
}

}  // namespace
}  // namespace convcheck::properties
