// SPDX-License-Identifier: Apache-2.0
#include "properties/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace convcheck::properties {
namespace {

Tensor row(const std::vector<float>& values) {
  Tensor t(ElementType::kF32, {1, static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), t.values<float>().begin());
  return t;
}

reference::OracleResult oracle_of(const std::vector<float>& values) {
  reference::OracleResult oracle;
  oracle.value = row(values);
  oracle.sum_abs.assign(values.size(), 4);
  return oracle;
}

OutputBounds bounds_of(std::vector<double> absolute) {
  OutputBounds bounds;
  bounds.absolute = std::move(absolute);
  return bounds;
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(FirstViolation, NamesTheFirstAndCountsAll) {
  const auto violation = first_violation(row({1, 2.5F, 3, 5}), oracle_of({1, 2, 3, 4}),
                                         bounds_of({0, 0.25, 0, 0.5}), "y");
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->operand, "y");
  EXPECT_EQ(violation->index, 1);
  EXPECT_EQ(violation->position, (Shape{0, 1}));
  EXPECT_EQ(violation->expected, 2);
  EXPECT_EQ(violation->found, 2.5);
  EXPECT_EQ(violation->bound, 0.25);
  EXPECT_EQ(violation->count, 2);
}

TEST(FirstViolation, TakesTheBoundItself) {
  EXPECT_FALSE(first_violation(row({2.25F}), oracle_of({2}), bounds_of({0.25}), "y"));
}

TEST(FirstViolation, ComparesByClassWhereNotFinite) {
  const OutputBounds zero = bounds_of({0});
  EXPECT_FALSE(first_violation(row({kNan}), oracle_of({kNan}), zero, "y"));
  EXPECT_FALSE(first_violation(row({kInf}), oracle_of({kInf}), zero, "y"));
  EXPECT_FALSE(first_violation(row({-0.0F}), oracle_of({0}), zero, "y"));
  EXPECT_TRUE(first_violation(row({-kInf}), oracle_of({kInf}), zero, "y"));
  EXPECT_TRUE(first_violation(row({1}), oracle_of({kNan}), zero, "y"));
  EXPECT_TRUE(first_violation(row({kNan}), oracle_of({1}), bounds_of({1e30}), "y"));
  EXPECT_FALSE(first_violation(row({kNan}), oracle_of({1}), bounds_of({HUGE_VAL}), "y"));
}

TEST(FirstBitDifference, SeesTheSignOfZeroAndNothingElse) {
  EXPECT_FALSE(first_bit_difference(row({1, kNan}), row({1, kNan}), "y"));
  const auto difference = first_bit_difference(row({1, -0.0F}), row({1, 0}), "y");
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->index, 1);
  EXPECT_EQ(difference->count, 1);
}

TEST(Accuracy, CountsAndMeasures) {
  const float above = std::nextafter(1.0F, 2.0F);
  const AccuracyStats stats = accuracy(row({1, above, 3, kNan, 7}), oracle_of({1, 1, 3, kNan, 6}),
                                       bounds_of({0.5, 0x1p-22, 0.5, 0, HUGE_VAL}));
  EXPECT_EQ(stats.outputs, 3);
  EXPECT_EQ(stats.unpromised, 2);
  EXPECT_EQ(stats.correctly_rounded, 2);
  EXPECT_EQ(stats.max_ulps, 1);
  EXPECT_DOUBLE_EQ(stats.mean_ulps, 1.0 / 3);
  EXPECT_EQ(stats.max_bound_used, 0.5);
  EXPECT_EQ(stats.max_error_over_us, 0.5);  // 2^-23 / (2^-24 * 4).
}

}  // namespace
}  // namespace convcheck::properties
