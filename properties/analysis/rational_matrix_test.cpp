// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/rational_matrix.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

// Every minor of the matrix by Laplace's expansion: rank is the size of the largest that is not 0.
Integer minor(const std::vector<std::vector<int>>& m, const std::vector<std::size_t>& rows,
              const std::vector<std::size_t>& columns) {
  if (rows.empty()) return 1;
  Integer sum = 0;
  const std::vector<std::size_t> below(rows.begin() + 1, rows.end());
  for (std::size_t j = 0; j < columns.size(); ++j) {
    auto others = columns;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(j));
    const Integer term = m[rows[0]][columns[j]] * minor(m, below, others);
    sum += j % 2 == 0 ? term : Integer(-term);
  }
  return sum;
}

std::vector<std::vector<std::size_t>> subsets(std::size_t n) {
  std::vector<std::vector<std::size_t>> list;
  for (std::size_t bits = 0; bits < (std::size_t{1} << n); ++bits) {
    std::vector<std::size_t> set;
    for (std::size_t i = 0; i < n; ++i) {
      if ((bits >> i & 1) != 0) set.push_back(i);
    }
    list.push_back(std::move(set));
  }
  return list;
}

std::size_t rank_by_minors(const std::vector<std::vector<int>>& m) {
  std::size_t rank = 0;
  for (const auto& rows : subsets(m.size()))
    for (const auto& columns : subsets(m[0].size())) {
      if (rows.size() == columns.size() && rows.size() > rank && minor(m, rows, columns) != 0)
        rank = rows.size();
    }
  return rank;
}

void expect_rank(const std::vector<std::vector<int>>& m) {
  RationalMatrix a(m.size(), m[0].size());
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.columns; ++j) a.at(i, j) = m[i][j];
  const std::size_t expected = rank_by_minors(m);
  const RankFactors factors = rank_factors(a);
  ASSERT_EQ(factors.rank(), expected);
  ASSERT_EQ(rank(a, a.columns), expected);
  ASSERT_EQ(rank(a, 0) > 0, expected > 0);
  ASSERT_EQ(rank(a, 1) > 1, expected > 1);
  ASSERT_EQ(factors.columns.columns, expected);
  ASSERT_EQ(product(factors.columns, factors.rows), a);
}

TEST(Rank, IsThatOfTheMinorsForEverySmallMatrix) {
  // All of 2x2 and 2x3 over {-1, 0, 1, 2}, all of 3x3 over {0, 1}.
  const auto enumerate = [](std::size_t rows, std::size_t columns, int low, int high) {
    std::vector<std::vector<int>> m(rows, std::vector<int>(columns, low));
    for (;;) {
      ASSERT_NO_FATAL_FAILURE(expect_rank(m));
      std::size_t i = 0;
      while (i < rows * columns && m[i / columns][i % columns] == high)
        m[i / columns][i % columns] = low, ++i;
      if (i == rows * columns) return;
      ++m[i / columns][i % columns];
    }
  };
  enumerate(1, 3, -1, 1);
  enumerate(2, 2, -1, 2);
  enumerate(2, 3, -1, 2);
  enumerate(3, 2, -1, 1);
  enumerate(3, 3, 0, 1);
}

TEST(Rank, OfProductsIsAtMostTheirInnerSize) {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const auto inner = static_cast<std::size_t>(random.between(1, 3));
    RationalMatrix a(5, inner);
    RationalMatrix b(inner, 4);
    for (Rational& v : a.entries) v = Rational(random.between(-9, 9), random.between(1, 9));
    for (Rational& v : b.entries) v = Rational(random.between(-9, 9), random.between(1, 9));
    const RationalMatrix c = product(a, b);
    const RankFactors factors = rank_factors(c);
    EXPECT_LE(factors.rank(), inner);
    EXPECT_EQ(factors.rank(), rank(c, 4));
    EXPECT_EQ(product(factors.columns, factors.rows), c);
    for (const Rational& v : factors.rows.entries)
      EXPECT_EQ(boost::multiprecision::denominator(v), 1);
  }
}

TEST(Rank, FactorsOfTheBinomialKernelAreItself) {
  RationalMatrix binomial(5, 5);
  const int row[] = {1, 4, 6, 4, 1};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) binomial.at(i, j) = row[i] * row[j];
  const RankFactors factors = rank_factors(binomial);
  ASSERT_EQ(factors.rank(), 1u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(factors.columns.at(i, 0), row[i]);
    EXPECT_EQ(factors.rows.at(0, i), row[i]);
  }
}

TEST(Rank, OfNothingIsNothing) {
  const RationalMatrix zero(3, 3);
  EXPECT_EQ(rank_factors(zero).rank(), 0u);
  EXPECT_EQ(rank(zero, 3), 0u);
}

}  // namespace
}  // namespace convcheck::properties
