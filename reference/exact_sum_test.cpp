// SPDX-License-Identifier: Apache-2.0
#include "reference/exact_sum.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <memory>

#include "core/random.hpp"
#include "reference/rounding.hpp"

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;

constexpr double kInf = std::numeric_limits<double>::infinity();

double random_finite(Random& random) {
  for (;;) {
    const auto value = std::bit_cast<double>(random.next());
    if (std::isfinite(value)) return value;
  }
}

// value = units * 2^-1074.
cpp_int units_of(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const cpp_int mantissa(static_cast<std::int64_t>(std::ldexp(fraction, 53)));
  const int shift = exponent - 53 + 1074;
  return shift >= 0 ? cpp_int(mantissa << shift) : cpp_int(mantissa / (cpp_int(1) << -shift));
}

void expect_rounded(const cpp_int& exact, int unit, ElementType type, double got) {
  const double expected = round_dyadic(exact, unit, traits(type));
  ASSERT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected))
      << to_string(type) << ": " << got << ", not " << expected;
}

constexpr ElementType kFloats[] = {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                   ElementType::kF16};

TEST(ExactSum, RandomBitsAgreeWithBigIntegersInEveryFormat) {
  Random random(11);
  const auto sum = std::make_unique<ExactSum>();
  for (int turn = 0; turn < 1000; ++turn) {
    sum->clear();
    cpp_int exact = 0;
    const std::int64_t terms = random.between(0, 6);
    for (std::int64_t i = 0; i < terms; ++i) {
      const double a = random_finite(random);
      // Every second product comes back with the other sign, one bit off.
      const double b = i % 2 == 0 ? random_finite(random) : 0.5;
      sum->add_product(a, b);
      exact += units_of(a) * units_of(b);
      if (i % 2 == 0) {
        sum->add_product(-a, std::nextafter(b, 0.0));
        exact -= units_of(a) * units_of(std::nextafter(b, 0.0));
      }
    }
    for (const ElementType type : kFloats)
      expect_rounded(exact, 2 * -1074, type, sum->rounded(traits(type)));
  }
}

TEST(LongSum, RandomBitsAgreeWithBigIntegersInEveryFormat) {
  Random random(12);
  LongSum sum;
  for (int turn = 0; turn < 3000; ++turn) {
    sum.clear();
    cpp_int exact = 0;
    const std::int64_t terms = random.between(0, 6);
    for (std::int64_t i = 0; i < terms; ++i) {
      const double a = random_finite(random);
      for (const double v : {a, -std::nextafter(a, 0.0)}) {
        sum.add(v);
        exact += units_of(v);
      }
      if (random.below(3) == 0) sum.carry();
    }
    for (const int scale : {0, -300, 40})
      for (const ElementType type : kFloats) {
        LongSum copy = sum;
        expect_rounded(exact, -1074 + scale, type, copy.rounded(traits(type), scale));
      }
  }
}

TEST(LongSum, SubnormalNumbersAndNoneAtAll) {
  LongSum sum;
  EXPECT_FALSE(std::signbit(LongSum().rounded(traits(ElementType::kF64))));
  for (int i = 0; i < 3; ++i) sum.add(-0x1p-1074);
  EXPECT_EQ(LongSum(sum).rounded(traits(ElementType::kF64)), -0x3p-1074);
  EXPECT_TRUE(std::signbit(LongSum(sum).rounded(traits(ElementType::kF32))));
  sum.add(0x1p-1022);
  EXPECT_EQ(sum.rounded(traits(ElementType::kF64)), 0x1p-1022 - 0x3p-1074);
}

TEST(ExactSum, MoreTermsThanACounterHoldsWithoutCarries) {
  const auto sum = std::make_unique<ExactSum>();
  const double largest = std::numeric_limits<double>::max();
  constexpr std::int64_t kTerms = 3 * ExactSum::kTermsBetweenCarries;
  for (std::int64_t i = 0; i < kTerms; ++i) sum->add_product(largest, -largest);
  EXPECT_EQ(sum->rounded(traits(ElementType::kF64)), -kInf);
  for (std::int64_t i = 0; i < kTerms; ++i) sum->add_product(largest, largest);
  sum->add_product(1, 3);
  EXPECT_EQ(sum->rounded(traits(ElementType::kF32)), 3);
}

// A digit takes most from a number whose bits lie as high in it as they can.
TEST(LongSum, AsManyTermsAsGoBetweenCarries) {
  const double highest = std::ldexp(0x1p53 - 1, 31 + 32 * 3 - 1075);
  for (const double value : {highest, -highest}) {
    LongSum sum;
    for (int turn = 0; turn < 5; ++turn) {
      for (std::int64_t i = 0; i < LongSum::kTermsBetweenCarries; ++i) sum.add(value);
      sum.carry();
    }
    for (std::int64_t i = 1; i < 5 * LongSum::kTermsBetweenCarries; ++i) {
      sum.add(-value);
      if (i % LongSum::kTermsBetweenCarries == 0) sum.carry();
    }
    EXPECT_EQ(sum.rounded(traits(ElementType::kF64)), value);
  }
}

double f32(std::initializer_list<std::pair<double, double>> products) {
  ExactSum sum;
  for (const auto& [a, b] : products) sum.add_product(a, b);
  return sum.rounded(traits(ElementType::kF32));
}

TEST(ExactSum, RoundsTiesToEvenAndWhatLiesBesideThemToItsSide) {
  EXPECT_EQ(f32({{1, 1}, {0x1p-12F, 0x1p-12F}}), 1);                           // Tie, down.
  EXPECT_EQ(f32({{1, 1}, {1, 0x1p-23F}, {0x1p-12F, 0x1p-12F}}), 1 + 0x1p-22);  // Tie, up.
  EXPECT_EQ(f32({{1, 1}, {0x1p-12F, 0x1p-12F}, {0x1p-149F, 0x1p-149F}}), 1 + 0x1p-23);
  EXPECT_EQ(f32({{1, 1}, {0x1p-12F, 0x1p-12F}, {0x1p-149F, -0x1p-149F}}), 1);
}

TEST(ExactSum, OverflowsAtHalfAnUlpAboveTheLargest) {
  const float largest = std::numeric_limits<float>::max();
  EXPECT_EQ(f32({{largest, 1}, {0x1p102F, 1}, {-1, 1}}), static_cast<double>(largest));
  EXPECT_EQ(f32({{largest, 1}, {0x1p103F, 1}, {-1, 1}}), static_cast<double>(largest));
  EXPECT_EQ(f32({{largest, 1}, {0x1p103F, 1}}), kInf);
  EXPECT_EQ(f32({{-largest, 1}, {-0x1p103F, 1}}), -kInf);
}

TEST(ExactSum, SubnormalResultsKeepFewerBitsAndZeroItsSign) {
  EXPECT_EQ(f32({{0x1p-75F, 0x1p-75F}}), 0);  // Half the least subnormal: a tie, to even.
  EXPECT_EQ(f32({{0x1p-75F, 0x1p-75F}, {0x1p-149F, 0x1p-149F}}), 0x1p-149);
  EXPECT_EQ(f32({{0x3p-75F, 0x1p-75F}}), 0x1p-148);  // 1.5 of it: a tie, to even.
  EXPECT_FALSE(std::signbit(f32({})));
  EXPECT_FALSE(std::signbit(f32({{-0.0F, 1}})));
  EXPECT_FALSE(std::signbit(f32({{1, 1}, {-1, 1}})));
  EXPECT_TRUE(std::signbit(f32({{-0x1p-149F, 0x1p-149F}})));
}

TEST(ExactSum, RoundedLeavesTheSumAsItWas) {
  ExactSum sum;
  sum.add_product(-3, 1);
  EXPECT_EQ(sum.rounded(traits(ElementType::kF32)), -3);
  sum.add_product(1, 1);
  EXPECT_EQ(sum.rounded(traits(ElementType::kF32)), -2);
}

}  // namespace
}  // namespace convcheck::reference
