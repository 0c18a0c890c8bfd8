// SPDX-License-Identifier: Apache-2.0
// Rank and factors of a matrix of fractions, by Gaussian elimination without any rounding.
#pragma once

#include <cstdint>
#include <vector>

#include "reference/rational.hpp"

namespace convcheck::properties {

using reference::Integer;
using reference::Rational;

/// Row-major, [rows, columns].
struct RationalMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<Rational> entries;

  RationalMatrix() = default;
  RationalMatrix(std::size_t r, std::size_t c) : rows(r), columns(c), entries(r * c) {}
  friend bool operator==(const RationalMatrix&, const RationalMatrix&) = default;

  Rational& at(std::size_t i, std::size_t j) { return entries[i * columns + j]; }
  [[nodiscard]] const Rational& at(std::size_t i, std::size_t j) const {
    return entries[i * columns + j];
  }
};

RationalMatrix product(const RationalMatrix& a, const RationalMatrix& b);

/// The rank, without the factors; stops as soon as the rank is the number of columns or above
/// `enough`.
std::size_t rank(const RationalMatrix& a, std::size_t enough);

/// a = columns * rows, with as many columns [a.rows, rank] and rows [rank, a.columns] as the rank:
/// the columns of a that are no combination of those before, and the rows of its reduced echelon
/// form. Every row is scaled to integers without a common factor (its column inversely).
struct RankFactors {
  RationalMatrix columns;
  RationalMatrix rows;
  [[nodiscard]] std::size_t rank() const { return rows.rows; }
};
RankFactors rank_factors(const RationalMatrix& a);

}  // namespace convcheck::properties
