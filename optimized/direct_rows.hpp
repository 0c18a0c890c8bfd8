// SPDX-License-Identifier: Apache-2.0
// Which rows of x the rows of the filter meet, for the direct kernel.
#pragma once

#include <cstdint>
#include <vector>

#include "core/problem.hpp"
#include "optimized/direct_plan.hpp"

namespace convcheck::optimized {

/// The (d, h) rows of one conv. Rows of y are counted over both axes; the lists hold at most
/// w_extent[0] * w_extent[1] entries, in the order of the filter.
class DirectRows {
 public:
  DirectRows() = default;
  /// `row_step`: floats from a row of x to the next.
  DirectRows(const ConvProblem& p, std::int64_t row_step) : p_(p), row_step_(row_step) {}

  /// Rows of the filter that meet rows of x, for row `row` of y; returns how many.
  std::int64_t list(std::int64_t row, std::vector<RowTap>& rows) const;

  /// The same for rows `row` and `row` + 1 together: what only one of them meets is zeros for the
  /// other, which changes no sum but for the sign of a zero.
  std::int64_t list_two(std::int64_t row, std::vector<RowTap>& rows) const;

  /// Whether every row of the filter meets a row of x, for row `row` of y.
  [[nodiscard]] bool whole(std::int64_t row) const;

  /// [x_extent[0] * x_extent[1]], 1 for every row of x that some output reads.
  [[nodiscard]] std::vector<char> read() const;

 private:
  [[nodiscard]] std::int64_t source_index(std::size_t axis, std::int64_t o, std::int64_t t) const;
  [[nodiscard]] std::int64_t source_row(std::int64_t row, std::int64_t kd, std::int64_t kh) const;
  [[nodiscard]] std::vector<char> indices_read(std::size_t axis) const;

  ConvProblem p_;
  std::int64_t row_step_ = 0;
};

}  // namespace convcheck::optimized
