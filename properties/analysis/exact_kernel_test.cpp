// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/exact_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

using reference::round_to_double;

TEST(RoundToDouble, IsOneRounding) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    // A quotient of doubles that hold their integers is rounded once by the processor, too.
    const std::int64_t a = random.between(-(std::int64_t{1} << 53), std::int64_t{1} << 53);
    const std::int64_t b = random.between(1, std::int64_t{1} << random.between(1, 53));
    ASSERT_EQ(round_to_double(Rational(a, b)), static_cast<double>(a) / static_cast<double>(b))
        << a << "/" << b;
  }
  EXPECT_EQ(round_to_double(0), 0.0);
  const Integer large = Integer(1) << 1100;
  EXPECT_EQ(round_to_double(Rational(1, large)), 0.0);
  EXPECT_EQ(round_to_double(Rational(-large)), -std::numeric_limits<double>::infinity());
  // Halfway between the least subnormal and twice that, and a little above.
  EXPECT_EQ(round_to_double(Rational(3, Integer(1) << 1075)), 0x1p-1073);
  EXPECT_EQ(round_to_double(Rational((Integer(5) << 900) + 1, Integer(1) << 1975)), 0x1.8p-1073);
}

TEST(ExactKernel, HoldsEveryElementOfATensor) {
  Random random(2);
  for (const ElementType type : {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                 ElementType::kF16, ElementType::kS8, ElementType::kU8}) {
    Tensor tensor(type, {2, 3, 4});
    for (std::int64_t i = 1; i < tensor.count(); ++i)
      tensor.set_rounded(i, std::ldexp(random.normal(), static_cast<int>(random.between(-9, 6))));
    const auto kernel = exact_kernel(tensor, 0, "w");
    ASSERT_TRUE(kernel) << kernel.error().message;
    EXPECT_EQ(kernel->shape, tensor.shape());
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double value = tensor.value(i);
      ASSERT_EQ(kernel->element(at) * Rational(Integer(1) << 90),
                Rational(Integer(std::ldexp(value, 90))));
      // Whatever rounds to the element is not farther away.
      const double half = kernel->uncertainty[at];
      if (traits(type).is_integer) {
        ASSERT_EQ(half, 0);
      } else if (type != ElementType::kF64) {
        ASSERT_NE(round_to_type(type, value + 1.001 * half), value);
        ASSERT_EQ(round_to_type(type, value + 0.999 * half), value);
      }
    }
  }
}

TEST(ExactKernel, TheZeroPointIsTakenAway) {
  Tensor tensor(ElementType::kU8, {3});
  tensor.set_value(0, 200);
  tensor.set_value(1, 128);
  const auto kernel = exact_kernel(tensor, 128, "w");
  EXPECT_EQ(kernel->element(0), 72);
  EXPECT_EQ(kernel->element(1), 0);
  EXPECT_EQ(kernel->element(2), -128);
}

TEST(ExactKernel, WhatIsNotFiniteIsNamed) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    Tensor tensor(ElementType::kF32, {2, 1, 3});
    tensor.set_value(4, bad);
    const auto kernel = exact_kernel(tensor, 0, "w.npy");
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kBadInput);
    EXPECT_NE(kernel.error().message.find("'w.npy': element [1, 0, 1] is"), std::string::npos)
        << kernel.error().message;
  }
}

TEST(ParseKernel, ReadsIntegersDecimalsAndFractions) {
  const auto row = parse_kernel(" 1, -2,+3 ,1/16, 0.25 ,-.5,2.,1e-2, 25E1");
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->shape, Shape{9});
  const std::vector<Rational> expected = {
      1, -2, 3, Rational(1, 16), Rational(1, 4), Rational(-1, 2), 2, Rational(1, 100), 250};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(row->element(i), expected[i]) << i;
  EXPECT_EQ(row->uncertainty[0], 0);
  EXPECT_EQ(row->uncertainty[3], 0);
  EXPECT_NEAR(row->uncertainty[4], 0.005, 1e-15);
  EXPECT_GE(row->uncertainty[4], 0.005);
  EXPECT_NEAR(row->uncertainty[8], 5, 1e-12);
  const auto matrix = parse_kernel("1,2,1; 2,4,2");
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->shape, (Shape{2, 3}));
  EXPECT_EQ(matrix->element(4), 4);
  EXPECT_EQ(fraction_text(Rational(-3, 48)), "-1/16");
}

TEST(ParseKernel, SaysWhatIsWrong) {
  const auto refused = [](const std::string& text, const char* words) {
    const auto kernel = parse_kernel(text);
    ASSERT_FALSE(kernel) << text;
    EXPECT_EQ(kernel.error().code, ErrorCode::kParse);
    EXPECT_NE(kernel.error().message.find(words), std::string::npos) << kernel.error().message;
  };
  refused("", "'' is no number");
  refused("1,,2", "'' is no number");
  refused("1,x", "'x' is no number");
  refused("nan", "'nan' is no number");
  refused("1,inf", "'inf' is no number");
  refused("1e", "'1e' is no number");
  refused(".", "'.' is no number");
  refused("1.5/2", "'1.5/2' is no number");
  refused("1/0", "divides by zero");
  refused("1,2;3", "row '3' has 1 entries, the first row has 2");
  refused("1,2;", "has 1 entries");
  refused("1e999", "exponent beyond 300");
  refused("1e99999999999999999999", "exponent beyond 300");
  refused(std::string(61, '9'), "more than 60 digits");
  std::string many = "1";
  for (int i = 0; i < 4096; ++i) many += ",1";
  refused(many, "more than 4096 entries");
}

}  // namespace
}  // namespace convcheck::properties
