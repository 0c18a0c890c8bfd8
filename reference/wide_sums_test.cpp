// SPDX-License-Identifier: Apache-2.0
#include "reference/wide_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.hpp"

namespace convcheck::reference {
namespace {

constexpr ElementType kTypes[] = {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                  ElementType::kF16, ElementType::kS32, ElementType::kS8,
                                  ElementType::kU8};

// The sum of units * 2^exponent, |units| < 2^53.
WideSums sum_of(std::initializer_list<std::pair<double, int>> terms) {
  WideSums sums(1, -2200, 2200);
  for (const auto& [units, exponent] : terms) {
    Split scale = split(1);
    scale.exponent = exponent;
    sums.add(0, split(units), scale);
  }
  return sums;
}

TEST(WideSums, CarriesBorrowsAndLimbBorders) {
  // 2^k - 1 + 1 - 2^k for exponents in every place of a limb, then one bit far below.
  for (int k = 1; k < 200; ++k) {
    const WideSums sums = sum_of({{1, k}, {-1, 0}, {1, 0}, {-1, k}, {-3, -700}});
    EXPECT_EQ(sums.value(0), make_dyadic(boost::multiprecision::cpp_int(-3), -700)) << k;
    EXPECT_EQ(compare_magnitude(sums.sum(0), 3, -700), 0);
    EXPECT_EQ(compare_magnitude(sums.sum_abs(0), 1, k + 1), 1);
    EXPECT_EQ(compare_magnitude(sums.sum_abs(0), 1, k + 2), -1);
  }
  const WideSums full = sum_of({{0x1p53 - 1, 47}, {0x1p47 - 1, 0}, {1, 0}});  // A carry far up.
  EXPECT_EQ(full.value(0), make_dyadic(boost::multiprecision::cpp_int(1), 100));
}

TEST(WideSums, ComparesBelowItsUnit) {
  WideSums sums(1, 0, 100);
  sums.add(0, split(5), split(1));
  EXPECT_EQ(compare_magnitude(sums.sum(0), 5, 0), 0);
  EXPECT_EQ(compare_magnitude(sums.sum(0), 21, -2), -1);
  EXPECT_EQ(compare_magnitude(sums.sum(0), 20, -2), 0);
  EXPECT_EQ(compare_magnitude(sums.sum(0), 19, -2), 1);
  EXPECT_EQ(compare_magnitude(sums.sum(0), 1, -90), 1);
  EXPECT_EQ(compare_magnitude(sums.sum(0), 1, 300), -1);
}

TEST(WideSums, SpecialValuesFollowIeee) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto kind = [](std::initializer_list<std::pair<double, double>> products) {
    WideSums sums(1, -2200, 2200);
    for (const auto& [a, b] : products) sums.add(0, split(a), split(b));
    return sums.kind(0);
  };
  EXPECT_EQ(kind({{infinity, -2}, {1, 1}}), Kind::kMinusInfinity);
  EXPECT_EQ(kind({{infinity, 2}, {infinity, infinity}}), Kind::kPlusInfinity);
  EXPECT_EQ(kind({{infinity, 2}, {-infinity, 1}}), Kind::kNan);
  EXPECT_EQ(kind({{infinity, -0.0}}), Kind::kNan);
  EXPECT_EQ(kind({{std::nan(""), 0}}), Kind::kNan);
  EXPECT_EQ(kind({{0, 1}}), Kind::kFinite);
}

// is_rounded holds for the one rounding of dyadic.cpp and for neither neighbour.
TEST(WideSums, OneValueIsRoundedAndNoNeighbour) {
  Random random(5);
  for (const ElementType type : kTypes) {
    const ElementTraits& t = traits(type);
    std::int64_t ties = 0;
    for (int turn = 0; turn < 20000; ++turn) {
      // A value of the type near its ends or anywhere, and half or nearly half a last bit more.
      const int ends[] = {t.min_exponent, t.min_exponent + t.precision_bits, t.max_exponent - 1, 0};
      const int e = ends[turn % 4] + static_cast<int>(random.between(-3, 3));
      const double base = round_to_type(type, std::ldexp(2 * random.unit() - 1, e));
      if (std::isinf(base)) continue;
      const int last =
          std::max(base == 0 ? -2000 : std::ilogb(base) - t.precision_bits + 1, t.min_exponent);
      const auto halves = static_cast<double>(random.between(-2, 2));
      const auto bit = static_cast<double>(random.between(-1, 1));
      WideSums sums = sum_of({{halves, last - 1}, {bit, last - 90}});
      sums.add(0, split(base), split(1));
      ties += halves * halves == 1 && bit == 0 ? 1 : 0;
      const double right = rounded(sums.value(0), type);
      EXPECT_TRUE(is_rounded(sums, 0, right, type))
          << to_string(type) << ": " << to_string(sums.value(0)) << " -> " << right;
      const double step = std::ldexp(1.0, std::isinf(right) ? t.max_exponent : last);
      for (const double wrong :
           {round_to_type(type, right - step), round_to_type(type, right + step), -right,
            std::nextafter(right, 0.0)}) {
        if (wrong == right && std::signbit(wrong) == std::signbit(right)) continue;
        if (t.is_integer && wrong == right) continue;  // Integers have one zero.
        EXPECT_FALSE(is_rounded(sums, 0, wrong, type))
            << to_string(type) << ": " << to_string(sums.value(0)) << " -> " << wrong;
      }
      EXPECT_FALSE(is_rounded(sums, 0, std::nan(""), type));
    }
    EXPECT_GT(ties, 1000) << to_string(type);
  }
}

TEST(WideSums, SpecialsOfIntegerTypes) {
  WideSums sums(3, -2200, 2200);
  const double infinity = std::numeric_limits<double>::infinity();
  sums.add(0, split(infinity), split(1));
  sums.add(1, split(-infinity), split(1));
  sums.add(2, split(infinity), split(0));
  EXPECT_TRUE(is_rounded(sums, 0, 127, ElementType::kS8));
  EXPECT_TRUE(is_rounded(sums, 1, -128, ElementType::kS8));
  EXPECT_TRUE(is_rounded(sums, 2, 0, ElementType::kS8));
  EXPECT_FALSE(is_rounded(sums, 0, 126, ElementType::kS8));
  EXPECT_FALSE(is_rounded(sums, 2, 1, ElementType::kS8));
  EXPECT_TRUE(is_rounded(sums, 2, std::nan(""), ElementType::kF16));
  EXPECT_FALSE(is_rounded(sums, 2, 0, ElementType::kF16));
  EXPECT_TRUE(is_rounded(sums, 1, -infinity, ElementType::kF16));
  EXPECT_FALSE(is_rounded(sums, 1, infinity, ElementType::kF16));
}

TEST(WideSums, Logarithm) {
  EXPECT_DOUBLE_EQ(log2_of(sum_of({{3, -900}}).sum(0)), std::log2(3) - 900);
  EXPECT_DOUBLE_EQ(log2_of(sum_of({{3, -2199}}).sum(0)), std::log2(3) - 2199);
  EXPECT_EQ(approximate(sum_of({{-3, -900}}).sum(0)), -3 * 0x1p-900);
  EXPECT_EQ(approximate(sum_of({{0, 0}}).sum(0)), 0);
}

}  // namespace
}  // namespace convcheck::reference
