// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/rational_matrix.hpp"

#include <algorithm>

namespace convcheck::properties {
namespace {

// The factor that makes the row integers without a common factor.
Rational primitive_scale(const RationalMatrix& m, std::size_t row) {
  Integer denominator = 1;
  for (std::size_t j = 0; j < m.columns; ++j)
    denominator = lcm(denominator, boost::multiprecision::denominator(m.at(row, j)));
  Integer common = 0;
  for (std::size_t j = 0; j < m.columns; ++j)
    common = gcd(common,
                 boost::multiprecision::numerator(Rational(m.at(row, j) * Rational(denominator))));
  return Rational(denominator, common);
}

}  // namespace

RationalMatrix product(const RationalMatrix& a, const RationalMatrix& b) {
  RationalMatrix c(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t k = 0; k < a.columns; ++k)
      for (std::size_t j = 0; j < b.columns; ++j) c.at(i, j) += a.at(i, k) * b.at(k, j);
  return c;
}

std::size_t rank(const RationalMatrix& a, std::size_t enough) {
  // Every row is reduced by the rows kept so far; what is left of it, if anything, is kept.
  struct Kept {
    std::size_t pivot;
    std::vector<Rational> row;
  };
  std::vector<Kept> kept;
  for (std::size_t i = 0; i < a.rows && kept.size() < a.columns && kept.size() <= enough; ++i) {
    std::vector<Rational> row(a.entries.begin() + static_cast<std::ptrdiff_t>(i * a.columns),
                              a.entries.begin() + static_cast<std::ptrdiff_t>((i + 1) * a.columns));
    for (const Kept& k : kept) {
      if (row[k.pivot] == 0) continue;
      const Rational factor = row[k.pivot] / k.row[k.pivot];
      for (std::size_t j = 0; j < a.columns; ++j) row[j] -= factor * k.row[j];
    }
    const auto pivot =
        std::find_if(row.begin(), row.end(), [](const Rational& v) { return v != 0; });
    if (pivot == row.end()) continue;
    const auto at = static_cast<std::size_t>(pivot - row.begin());
    kept.push_back({at, std::move(row)});
  }
  return kept.size();
}

RankFactors rank_factors(const RationalMatrix& a) {
  RationalMatrix reduced = a;
  std::vector<std::size_t> pivots;
  for (std::size_t j = 0; j < a.columns && pivots.size() < a.rows; ++j) {
    const std::size_t row = pivots.size();
    std::size_t from = row;
    while (from < a.rows && reduced.at(from, j) == 0) ++from;
    if (from == a.rows) continue;
    for (std::size_t k = 0; k < a.columns; ++k) std::swap(reduced.at(row, k), reduced.at(from, k));
    const Rational pivot = reduced.at(row, j);
    for (std::size_t k = 0; k < a.columns; ++k) reduced.at(row, k) /= pivot;
    for (std::size_t i = 0; i < a.rows; ++i) {
      if (i == row || reduced.at(i, j) == 0) continue;
      const Rational factor = reduced.at(i, j);
      for (std::size_t k = 0; k < a.columns; ++k) reduced.at(i, k) -= factor * reduced.at(row, k);
    }
    pivots.push_back(j);
  }
  RankFactors factors;
  factors.columns = RationalMatrix(a.rows, pivots.size());
  factors.rows = RationalMatrix(pivots.size(), a.columns);
  for (std::size_t r = 0; r < pivots.size(); ++r) {
    const Rational scale = primitive_scale(reduced, r);
    for (std::size_t k = 0; k < a.columns; ++k) factors.rows.at(r, k) = scale * reduced.at(r, k);
    for (std::size_t i = 0; i < a.rows; ++i) factors.columns.at(i, r) = a.at(i, pivots[r]) / scale;
  }
  return factors;
}

}  // namespace convcheck::properties
