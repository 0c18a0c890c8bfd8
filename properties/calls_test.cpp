// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "properties/generators.hpp"
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
  const ConvProblem p = full_problem(2, 2, Orientation::kConvolution);
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
  const ConvProblem p = full_problem(2, 2, Orientation::kConvolution);
  Values v;
  v[Role::kX] = Tensor(ElementType::kF32, p.x_shape());
  v[Role::kW] = Tensor(ElementType::kF32, p.w_shape());
  calls.run(p, v);
  EXPECT_EQ(calls.judgement().kind, Kind::kEngineFailed);
}

TEST(Calls, DataMustAddUpExactly) {
  const ConvProblem p = full_problem(3, 2, Orientation::kConvolution);
  const auto kind_for = [&](double x, double w, AlgorithmClass algorithm) {
    ScriptedRunner runner([&](const Case&, Outcome outcome) {
      outcome.claim.algorithm = algorithm;
      return outcome;
    });
    Values v;
    v[Role::kX] = Tensor(ElementType::kF32, p.x_shape());
    v[Role::kW] = Tensor(ElementType::kF32, p.w_shape());
    v[Role::kX].set_value(0, x);
    v[Role::kW].set_value(0, w);
    v[Role::kW].set_value(1, w);
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
  for (const Role role : {Role::kX, Role::kW, Role::kY})
    v[role] = Tensor(ElementType::kF32, p.shape(role));
  v[Role::kX].set_value(0, 1);
  v[Role::kY].set_value(0, 1);
  v[Role::kY].set_value(1, 1);
  for (const std::int64_t m : {0, 1}) v[Role::kW].set_value(m, 0x1p23);
  EXPECT_TRUE(sums_exactly(p, v));  // One weight an output.
  p.operation = Operation::kDeconv;
  EXPECT_FALSE(sums_exactly(p, v));  // Both weights meet in x.
  p.operation = Operation::kWgrad;
  EXPECT_TRUE(sums_exactly(p, v));
}

}  // namespace
}  // namespace convcheck::properties
