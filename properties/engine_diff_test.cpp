// SPDX-License-Identifier: Apache-2.0
#include "properties/engine_diff.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "properties/test_runners.hpp"

namespace convcheck::properties {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor row(const std::vector<float>& values) {
  Tensor t(ElementType::kF32, {1, static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), t.values<float>().begin());
  return t;
}

Case make_case(const char* problem = "mb1ic3ih6oc4oh6kh3ph1") {
  Case c;
  c.chain = parse_chain(problem)->chain;
  c.operands = fill_operands(c.chain, FillKind::kUniform, 1);
  return c;
}

// Right but for `steps` numbers of the type at element 7.
ScriptedRunner off_by(int steps, AlgorithmClass claim = AlgorithmClass::kDirect) {
  return ScriptedRunner([steps, claim](const Case&, Outcome correct) {
    correct.claim.algorithm = claim;
    float& value = correct.output->values<float>()[7];
    for (int i = 0; i < steps; ++i) value = std::nextafter(value, kInf);
    return correct;
  });
}

TEST(Ulps, CountsTheNumbersBetween) {
  const float one = 1;
  const Tensor a = row({one, -0.0F, -1e-45F, kNan, kInf, 2});
  const Tensor b = row({std::nextafter(one, 2.0F), 0.0F, 1e-45F, kNan, 3, kNan});
  EXPECT_EQ(ulps_between(a, b, 0), 1);
  EXPECT_EQ(ulps_between(a, b, 1), 0);
  EXPECT_EQ(ulps_between(a, b, 2), 2);
  EXPECT_EQ(ulps_between(a, b, 3), 0);
  EXPECT_EQ(ulps_between(a, b, 4), HUGE_VAL);
  EXPECT_EQ(ulps_between(a, b, 5), HUGE_VAL);
  const float most = std::numeric_limits<float>::max();
  EXPECT_EQ(ulps_between(row({-most}), row({most}), 0), 2.0 * 0x7f7fffff);
  Tensor s8(ElementType::kS8, {2});
  Tensor other = s8;
  other.set_value(1, -128);
  s8.set_value(1, 127);
  EXPECT_EQ(ulps_between(s8, other, 1), 255);
}

TEST(BitDifference, NamesTheFirstInHexAndCountsAll) {
  EXPECT_FALSE(bit_difference(row({1, kNan}), row({1, kNan})));
  const auto d = bit_difference(row({1, 1, -0.0F, 4}), row({1, std::nextafter(1.0F, 2.0F), 0, 5}));
  ASSERT_TRUE(d);
  EXPECT_EQ(d->index, 1);
  EXPECT_EQ(d->position, (Shape{0, 1}));
  EXPECT_EQ(d->a_bits, 0x3f800000u);
  EXPECT_EQ(d->b_bits, 0x3f800001u);
  EXPECT_EQ(d->ulps, 1);
  EXPECT_EQ(d->max_ulps, 0x200000);  // From 4 to 5.
  EXPECT_EQ(d->differing, 3);
}

TEST(EngineDiff, TheSameIsTheSame) {
  ScriptedRunner a = correct_runner();
  ScriptedRunner b = correct_runner();
  const EngineDiff diff = diff_engines(a, b, make_case(), {});
  EXPECT_EQ(diff.bits, BitsChange::kSame);
  EXPECT_EQ(diff.error, ErrorChange::kSame);
  EXPECT_EQ(diff.outputs, 144);
  EXPECT_EQ(diff.a.accuracy->correctly_rounded, 144);
  EXPECT_EQ(diff.reason, "");
}

TEST(EngineDiff, BothDirectionsOfAnError) {
  ScriptedRunner exact = correct_runner();
  ScriptedRunner off = off_by(1);
  const EngineDiff worse = diff_engines(exact, off, make_case(), {});
  EXPECT_EQ(worse.bits, BitsChange::kDiffer);
  EXPECT_EQ(worse.first->index, 7);
  EXPECT_EQ(worse.first->ulps, 1);
  EXPECT_EQ(worse.error, ErrorChange::kLarger);
  EXPECT_FALSE(worse.b.wrong);
  EXPECT_EQ(worse.b.accuracy->max_ulps, 1);
  EXPECT_EQ(diff_engines(off, exact, make_case(), {}).error, ErrorChange::kSmaller);
}

TEST(EngineDiff, AnErrorWithinTheFactorIsTheSame) {
  ScriptedRunner two = off_by(2);
  ScriptedRunner three = off_by(3);
  EngineDiffOptions options;
  EXPECT_EQ(diff_engines(two, three, make_case(), options).error, ErrorChange::kLarger);
  options.error_factor = 2;
  EXPECT_EQ(diff_engines(two, three, make_case(), options).error, ErrorChange::kSame);
}

TEST(EngineDiff, BeyondTheBoundIsWrongWhateverTheFactor) {
  ScriptedRunner direct = off_by(1);
  ScriptedRunner overclaims = off_by(1, AlgorithmClass::kExact);
  const EngineDiff diff = diff_engines(direct, overclaims, make_case(), {.error_factor = 1e9});
  EXPECT_EQ(diff.bits, BitsChange::kSame);
  EXPECT_EQ(diff.error, ErrorChange::kWrong);
  EXPECT_NE(diff.b.wrong->find("1 elements are off"), std::string::npos) << *diff.b.wrong;
}

TEST(EngineDiff, BitsThatAreNotRepeatedAreUnknown) {
  ScriptedRunner steady = correct_runner();
  std::int64_t calls = 0;
  ScriptedRunner unsteady([&calls](const Case&, Outcome correct) {
    correct.claim.algorithm = AlgorithmClass::kDirect;
    float& value = correct.output->values<float>()[0];
    if (++calls % 2 == 0) value = std::nextafter(value, kInf);
    return correct;
  });
  const EngineDiff diff = diff_engines(steady, unsteady, make_case(), {});
  EXPECT_EQ(diff.bits, BitsChange::kUnknown);
  EXPECT_EQ(diff.reason, "B does not repeat its own bits");
  EXPECT_EQ(diff.error, ErrorChange::kSame);
}

TEST(EngineDiff, WhatIsNotSolvedHasNoKnownErrorUnlessTheBitsAreTheSame) {
  ScriptedRunner exact = correct_runner();
  ScriptedRunner again = correct_runner();
  ScriptedRunner off = off_by(1);
  const EngineDiffOptions options{.exact_macs = 10};
  EXPECT_EQ(diff_engines(exact, again, make_case(), options).error, ErrorChange::kSame);
  const EngineDiff diff = diff_engines(exact, off, make_case(), options);
  EXPECT_EQ(diff.error, ErrorChange::kUnknown);
  EXPECT_NE(diff.reason.find("not solved exactly"), std::string::npos);
  EXPECT_FALSE(diff.a.accuracy);
}

TEST(EngineDiff, WithoutAResultThereIsNothingToCompare) {
  ScriptedRunner right = correct_runner();
  ScriptedRunner crashes([](const Case&, Outcome outcome) {
    outcome.kind = OutcomeKind::kCrashed;
    outcome.reason = "a read past x";
    return outcome;
  });
  ScriptedRunner strays([](const Case&, Outcome correct) {
    correct.findings.push_back({Finding::Kind::kStrayWrite, "y", 4, "4 bytes past y"});
    return correct;
  });
  for (ScriptedRunner* b : {&crashes, &strays}) {
    const EngineDiff diff = diff_engines(right, *b, make_case(), {});
    EXPECT_TRUE(diff.a.ran);
    EXPECT_FALSE(diff.b.ran);
    EXPECT_FALSE(diff.b.declined);
    EXPECT_NE(diff.b.reason.find("past"), std::string::npos) << diff.b.reason;
    EXPECT_EQ(diff.bits, BitsChange::kUnknown);
    EXPECT_EQ(diff.error, ErrorChange::kUnknown);
  }
}

}  // namespace
}  // namespace convcheck::properties
