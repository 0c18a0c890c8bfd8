// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/singular_values.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"
#include "properties/analysis/rational_matrix.hpp"

namespace convcheck::properties {
namespace {

// The sign of det(A A^T - x^2 I), exactly: the number of eigenvalues of the Gram matrix below x^2
// is the number of negative pivots of its elimination (Sylvester's law of inertia).
std::size_t values_below(const std::vector<double>& entries, std::size_t rows, std::size_t columns,
                         const Rational& x) {
  RationalMatrix gram(rows, rows);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < rows; ++j)
      for (std::size_t k = 0; k < columns; ++k)
        gram.at(i, j) += Rational(entries[i * columns + k]) * Rational(entries[j * columns + k]);
  for (std::size_t i = 0; i < rows; ++i) gram.at(i, i) -= x * x;
  std::size_t negative = 0;
  for (std::size_t p = 0; p < rows; ++p) {
    if (gram.at(p, p) == 0) return rows + 1;  // x meets a singular value of a leading block.
    negative += gram.at(p, p) < 0 ? 1 : 0;
    for (std::size_t i = p + 1; i < rows; ++i) {
      const Rational factor = gram.at(i, p) / gram.at(p, p);
      for (std::size_t j = p; j < rows; ++j) gram.at(i, j) -= factor * gram.at(p, j);
    }
  }
  return negative;
}

// Every exact singular value lies within the radius of the computed one, shown without rounding.
void expect_enclosed(const std::vector<double>& entries, std::size_t rows, std::size_t columns) {
  const SingularValues found = singular_values(entries, rows, columns);
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    const Rational high = Rational(found.values[i]) + Rational(found.radii[i]);
    const Rational low = Rational(found.values[i]) - Rational(found.radii[i]);
    const std::size_t from_below = rows - 1 - i;  // So many are smaller in a full ranking.
    const std::size_t below_high = values_below(entries, rows, columns, high);
    ASSERT_GE(below_high, from_below + 1) << "value " << i << " is above its interval";
    if (low <= 0) continue;
    const std::size_t below_low = values_below(entries, rows, columns, low);
    if (below_low > rows) continue;
    ASSERT_LE(below_low, from_below) << "value " << i << " is below its interval";
  }
}

TEST(SingularValues, AreEnclosedWithoutAnyRounding) {
  Random random(1);
  for (int i = 0; i < 40; ++i) {
    const auto rows = static_cast<std::size_t>(random.between(1, 4));
    const auto columns = rows + static_cast<std::size_t>(random.between(0, 2));
    std::vector<double> entries;
    for (std::size_t k = 0; k < rows * columns; ++k)
      entries.push_back(
          i % 2 == 0 ? static_cast<double>(random.between(-3, 3))
                     : std::ldexp(random.normal(), static_cast<int>(random.between(-20, 20))));
    ASSERT_NO_FATAL_FAILURE(expect_enclosed(entries, rows, columns)) << "case " << i;
  }
}

TEST(SingularValues, RadiiAreSmall) {
  // The binomial kernel: 70 and nothing else, up to a few roundings.
  std::vector<double> binomial;
  const double row[] = {1, 4, 6, 4, 1};
  for (const double a : row)
    for (const double b : row) binomial.push_back(a * b);
  const SingularValues found = singular_values(binomial, 5, 5);
  EXPECT_NEAR(found.values[0], 70, found.radii[0]);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_LT(found.radii[i], 70 * 100 * 0x1p-53);
    EXPECT_LE(found.values[i], (i == 0 ? 71 : 0) + found.radii[i]);
  }
  EXPECT_LT(found.residual(binomial, 1), 70 * 100 * 0x1p-53);
  EXPECT_GE(found.residual(binomial, 0), 70);
}

TEST(SingularValues, AWrongDecompositionHasALargeResidual) {
  SingularValues wrong = singular_values({2, 0, 0, 1}, 2, 2);
  wrong.values[0] = 3;
  EXPECT_GE(wrong.residual({2, 0, 0, 1}, 2), 1);
}

TEST(SingularValues, ExtremeMagnitudesAreBoundedToo) {
  for (const double scale : {1e-300, 1e300}) {
    const SingularValues found = singular_values({scale, 0, 0, scale / 2}, 2, 2);
    EXPECT_NEAR(found.values[0] / scale, 1, 1e-12);
    EXPECT_LT(found.radii[0] / scale, 1e-13);
  }
}

TEST(NormUp, IsNeverBelow) {
  EXPECT_EQ(norm_up({}), 0);
  EXPECT_EQ(norm_up({0, 0}), 0);
  EXPECT_GE(norm_up({3, -4}), 5);
  EXPECT_LT(norm_up({3, -4}), 5 * (1 + 0x1p-45));
  EXPECT_GE(norm_up({1e300, 1e300}), 1.414213562373095e300);
  EXPECT_GE(norm_up({5e-324}), 5e-324);
}

}  // namespace
}  // namespace convcheck::properties
