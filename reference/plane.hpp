// SPDX-License-Identifier: Apache-2.0
// Weight gradients of few rows and short lines: how a part of x and of y lie in memory so that one
// tap reads all positions side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "core/problem.hpp"

namespace convcheck::reference {

/// x is split by its residues modulo the strides, and the rows of each lie side by side with room
/// for their padding; y has rows as long, zeros past their end. So tap t reads position p at
/// p + begin[t], p counted through those zeros. Images are cut along one axis where they are large.
struct PlaneLayout {
  /// Positions side by side that are summed from zero in one go, each lane by itself.
  static constexpr std::int64_t kLanes = 8;
  static constexpr std::int64_t kBlock = 128 * kLanes;

  bool usable = false;
  std::size_t axis = 1;              ///< That is cut.
  std::int64_t part = 0, parts = 0;  ///< Positions of it in a part, and parts.
  Axes residues{1, 1, 1};            ///< Of x, by axis.
  Axes extent{};                     ///< Of a residue's part of x.
  std::int64_t height = 0;           ///< Roundings that a product goes through at most.

  std::vector<std::int64_t> begin;  ///< Of every tap, as stored.

  [[nodiscard]] std::int64_t plane() const { return extent[0] * extent[1] * extent[2]; }
  /// Memory for a part of x, and of one row of y; kernels load whole vectors.
  [[nodiscard]] std::int64_t x_count() const {
    return plane() * residues[0] * residues[1] * residues[2] + kLanes;
  }
  [[nodiscard]] std::int64_t y_count() const { return (plane() / kLanes + 2) * kLanes; }
  /// Positions through the zeros between them, of a part of `positions` along the axis that is cut.
  [[nodiscard]] std::int64_t length(const Axes& y_extent, std::int64_t positions) const {
    Axes last{y_extent[0] - 1, y_extent[1] - 1, 0};
    last[axis] = positions - 1;
    return (last[0] * extent[1] + last[1]) * extent[2] + y_extent[2];
  }
};

/// For a weight gradient with a padded line; not usable where other orders are faster.
PlaneLayout plan_planes(const ConvProblem&);

}  // namespace convcheck::reference
