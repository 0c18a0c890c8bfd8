// SPDX-License-Identifier: Apache-2.0
// A problem as sums over affine pieces of its axes: what the oracle's two passes walk over. Padding
// modes, strides and flips end here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/problem.hpp"
#include "reference/plane.hpp"

namespace convcheck::reference {

/// Positions [lo, hi) of an axis read the element position*step + offset.
struct Piece {
  std::int64_t lo, hi, step, offset;
};

/// The elements that one kernel tap brings to the positions of an axis: at most one each, by
/// disjoint pieces [first, first + count) of the axis; a position in none of them gets no term.
struct TapRow {
  std::int64_t tap;  ///< As stored in w, orientation applied.
  std::size_t first, count;
};

/// One axis (for deconv: one residue of it modulo the stride, whose elements all meet the same
/// taps).
struct AxisView {
  std::int64_t count = 0;              ///< Positions.
  std::int64_t begin = 0, stride = 1;  ///< Position j is written at index begin + j*stride.
  std::vector<TapRow> rows;
  std::vector<Piece> pieces;

  /// The element that `row` brings to `position`, or -1.
  [[nodiscard]] std::int64_t element(const TapRow& row, std::int64_t position) const {
    for (std::size_t i = row.first; i < row.first + row.count; ++i) {
      const Piece& piece = pieces[i];
      if (position >= piece.lo && position < piece.hi) return position * piece.step + piece.offset;
    }
    return -1;
  }
};

/// What y's positions read of x: one view, a row for every tap (a tap that is never inside x has no
/// pieces).
AxisView forward_view(const ConvProblem&, int axis);

/// What x's positions receive of y: one view a residue modulo the stride. Where padding folds
/// several positions onto one element, a tap has several rows.
std::vector<AxisView> backward_views(const ConvProblem&, int axis);

/// The operation as written[row, column] = sum over depth of fixed[row, depth] * data[depth,
/// column], per group. conv, deconv: columns are batch and positions, depth is taps and channels of
/// `data` (x or y), `fixed` is w. wgrad: columns are channels and taps, depth is batch and
/// positions, `data` is x and `fixed` is y.
struct Contraction {
  ConvProblem problem;
  bool wgrad = false;
  std::array<std::vector<AxisView>, 3> views;
  std::int64_t batch = 0, groups = 1;
  std::int64_t rows = 0;      ///< Written channels per group (wgrad: channels of y).
  std::int64_t channels = 0;  ///< Channels of data per group.
  Axes data_extent{}, written_extent{};
  std::int64_t taps = 0;  ///< Product of w's extents.
  std::int64_t w_row_stride = 0, w_channel_stride = 0;
  /// wgrad of few rows: the innermost axis of x with its padding, one position an element. Without
  /// pieces where lines are not walked along.
  AxisView padded_line;
  /// The same of short lines, where operands are finite.
  PlaneLayout plane;
  /// Positions so far apart read elements of one residue modulo the dilation, so many taps apart.
  std::int64_t line_apart = 1, line_hop = 1;
  /// Products (and bias) that one output sums at most, those outside x not counted.
  std::int64_t terms = 0;
};

/// Rows up to which a weight gradient has a padded line.
inline constexpr std::int64_t kMaxLineRows = 8;

/// Requires a valid problem.
Contraction lower(const ConvProblem&);

}  // namespace convcheck::reference
