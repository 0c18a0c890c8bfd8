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

template <class T>
T random_finite(Random& random) {
  for (;;) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const T value = std::bit_cast<T>(static_cast<Bits>(random.next()));
    if (std::isfinite(value)) return value;
  }
}

// value = units * 2^(exponent of the least subnormal).
template <class T>
cpp_int units_of(T value) {
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(value), &exponent);
  constexpr int kUnit = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  const cpp_int mantissa(static_cast<std::int64_t>(std::ldexp(fraction, 53)));
  const int shift = exponent - 53 - kUnit;
  return shift >= 0 ? cpp_int(mantissa << shift) : cpp_int(mantissa / (cpp_int(1) << -shift));
}

template <class T>
class ExactSumOf : public testing::Test {};
using Operands = testing::Types<float, double>;
TYPED_TEST_SUITE(ExactSumOf, Operands);

TYPED_TEST(ExactSumOf, RandomBitsAgreeWithBigIntegersInEveryFormat) {
  using T = TypeParam;
  constexpr int kUnit = 2 * (std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits);
  Random random(11);
  const auto sum = std::make_unique<ExactSum<T>>();
  for (int turn = 0; turn < 1000; ++turn) {
    sum->clear();
    cpp_int exact = 0;
    const std::int64_t terms = random.between(0, 6);
    for (std::int64_t i = 0; i < terms; ++i) {
      const T a = random_finite<T>(random);
      // Every second product comes back with the other sign, one bit off.
      const T b = i % 2 == 0 ? random_finite<T>(random) : T(0.5);
      sum->add_product(a, b);
      exact += units_of(a) * units_of(b);
      if (i % 2 == 0) {
        sum->add_product(-a, std::nextafter(b, T(0)));
        exact -= units_of(a) * units_of(std::nextafter(b, T(0)));
      }
    }
    for (const ElementType type :
         {ElementType::kF32, ElementType::kF64, ElementType::kBf16, ElementType::kF16}) {
      const double expected = round_dyadic(exact, kUnit, traits(type));
      const double got = sum->rounded(traits(type));
      ASSERT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected))
          << to_string(type) << ": " << got << ", not " << expected;
    }
  }
}

TYPED_TEST(ExactSumOf, MoreTermsThanACounterHoldsWithoutCarries) {
  using T = TypeParam;
  const auto sum = std::make_unique<ExactSum<T>>();
  const T largest = std::numeric_limits<T>::max();
  constexpr std::int64_t kTerms = (std::int64_t{1} << (sizeof(T) == 4 ? 14 : 20)) * 3;
  for (std::int64_t i = 0; i < kTerms; ++i) sum->add_product(largest, -largest);
  EXPECT_EQ(sum->rounded(traits(ElementType::kF64)),
            sizeof(T) == 4 ? -static_cast<double>(kTerms) * static_cast<double>(largest) *
                                 static_cast<double>(largest)
                           : -kInf);
  for (std::int64_t i = 0; i < kTerms; ++i) sum->add_product(largest, largest);
  sum->add_product(T(1), T(3));
  EXPECT_EQ(sum->rounded(traits(ElementType::kF32)), 3);
}

double f32(std::initializer_list<std::pair<float, float>> products) {
  ExactSum<float> sum;
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
  ExactSum<float> sum;
  sum.add_product(-3, 1);
  EXPECT_EQ(sum.rounded(traits(ElementType::kF32)), -3);
  sum.add_product(1, 1);
  EXPECT_EQ(sum.rounded(traits(ElementType::kF32)), -2);
}

}  // namespace
}  // namespace convcheck::reference
