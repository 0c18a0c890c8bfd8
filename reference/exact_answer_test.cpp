// SPDX-License-Identifier: Apache-2.0
#include "reference/exact_answer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/problem_text.hpp"
#include "reference/operand_values.hpp"

namespace convcheck::reference {
namespace {

Tensor tensor(ElementType type, const Shape& shape, const std::vector<double>& values) {
  Tensor t(type, shape);
  for (std::size_t i = 0; i < values.size(); ++i)
    t.set_value(static_cast<std::int64_t>(i), values[i]);
  return t;
}

ConvProblem problem(const char* name) { return parse_chain(name)->chain.back(); }

TEST(ExactAnswer, AMisroundedOutputIsFoundBitByBit) {
  const std::vector<Dyadic> exact = {make_dyadic(1.5), make_dyadic(0.0), make_dyadic(Kind::kNan),
                                     make_dyadic(Kind::kMinusInfinity)};
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto first = [&](const std::vector<double>& values) {
    return first_misrounded(tensor(ElementType::kF32, {4}, values), exact);
  };
  EXPECT_EQ(first({1.5, 0, kNan, -kInfinity}), std::nullopt);
  EXPECT_EQ(first({1.5, 0, -kNan, -kInfinity}), std::nullopt);
  EXPECT_EQ(first({1.5 + 0x1p-23, 0, kNan, -kInfinity}), 0);
  EXPECT_EQ(first({1.5, -0.0, kNan, -kInfinity}), 1);
  EXPECT_EQ(first({1.5, 0, 0, -kInfinity}), 2);
  EXPECT_EQ(first({1.5, 0, kNan, kNan}), 3);
}

// 1 + 2^-30 + 2^-90 - 1: between two neighbouring doubles, of which the lower is 2^-30.
TEST(ExactAnswer, AnEnclosureHoldsWhatNoDoubleIs) {
  const ConvProblem p = problem("mb1ic4iw1_oc1ow1_kw1pw0");
  const std::vector<Tensor> operands = {
      tensor(ElementType::kF32, {1, 4, 1}, {1, 0x1p-30, 0x1p-45, 1}),
      tensor(ElementType::kF32, {1, 4, 1}, {1, 1, 0x1p-45, -1})};
  const std::vector<Dyadic> exact = exact_values(p, operands);
  ASSERT_EQ(exact.size(), 1U);
  boost::multiprecision::cpp_int units = 1;
  units <<= 60;
  EXPECT_EQ(exact[0], make_dyadic(boost::multiprecision::cpp_int(units + 1), -90));
  const auto list = enclosures(p, operands);
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)[0].low, 0x1p-30 - 0x1p-83);  // Below a power of two doubles stand closer.
  EXPECT_EQ((*list)[0].high, 0x1p-30 + 0x1p-82);
}

TEST(ExactAnswer, AnEnclosureOfADoubleIsThatDouble) {
  const ConvProblem p = problem("mb1ic2iw1_oc1ow1_kw1pw0");
  const auto list = enclosures(p, {tensor(ElementType::kF32, {1, 2, 1}, {3, 0.25}),
                                   tensor(ElementType::kF32, {1, 2, 1}, {5, -2})});
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)[0].low, 14.5);
  EXPECT_EQ((*list)[0].high, 14.5);
}

TEST(ExactAnswer, AChainsLastStepReadsTheRoundedAndShuffledResult) {
  const auto named =
      parse_chain("mb1ic4iw1_oc4ow1_kw1pw0 | shuffle:2 | bias:mb1ic4iw1_oc1ow1_kw1pw0");
  ASSERT_TRUE(named) << named.error().message;
  std::vector<double> identity(16, 0);
  for (std::size_t i = 0; i < 4; ++i) identity[5 * i] = 1;
  const std::vector<Tensor> operands = {tensor(ElementType::kF32, {1, 4, 1}, {10, 11, 12, 13}),
                                        tensor(ElementType::kF32, {4, 4, 1}, identity),
                                        tensor(ElementType::kF32, {1, 4, 1}, {1, 2, 4, 8}),
                                        tensor(ElementType::kF32, {1}, {0.5})};
  const auto result = solve_chain(named->chain, operands);
  ASSERT_TRUE(result) << result.error().message;
  const LastStep last = last_step(named->chain, operands, *result);
  ASSERT_EQ(last.operands.size(), 3U);
  for (std::int64_t i = 0; i < 4; ++i) {
    const double shuffled[] = {10, 12, 11, 13};  // Groups of two channels, interleaved.
    EXPECT_EQ(last.operands[0].value(i), shuffled[i]);
  }
  EXPECT_EQ(exact_values(last.problem, last.operands)[0],
            make_dyadic(10.0 + 24.0 + 44.0 + 104.0 + 0.5));
}

// No element of y, or none of x: extents may be far beyond any memory.
TEST(ExactAnswer, WhatHasNoTermIsItsBias) {
  EXPECT_TRUE(
      exact_values(problem("mb0ic1iw3_oc1ow3_kw1pw0"), {tensor(ElementType::kF32, {0, 1, 3}, {}),
                                                        tensor(ElementType::kF32, {1, 1, 1}, {1})})
          .empty());
}

}  // namespace
}  // namespace convcheck::reference
