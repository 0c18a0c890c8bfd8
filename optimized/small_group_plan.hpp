// SPDX-License-Identifier: Apache-2.0
// Plan of the kernels whose groups are smaller than a block of 16 channels: depthwise and grouped.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/engine.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {

/// Which input columns of a tile may lie outside x.
enum class SmallGroupEdges {
  kNone,
  kTaps,  ///< The first and the last kernel_width - 1.
  kAny,   ///< Any; and fewer outputs than the tile has may be stored.
};

/// Some neighbouring outputs of a row, the same for every row of a plan.
struct SmallGroupTile {
  std::int64_t output;      ///< First output column.
  std::int64_t count;       ///< Outputs to store.
  std::int64_t begin, end;  ///< What lies inside x: input columns of a tile whose taps are
                            ///< unrolled, counted from its first tap; else tap columns.
  int width;                ///< Outputs to compute, at least count.
  SmallGroupEdges edges;    ///< Of a tile whose taps are unrolled.
};

/// What one call computes: rows of y of one depth for a block of 16 channels that are groups of G,
///
///   dst[r, o, m] = init[m] + sum over kd, kh, kw, c of
///       src[kd, r * stride + kh, o * stride + kw, m - m % G + c] * w[kd, kh, kw, c, m]
///
/// in the order of kernel.hpp, rows and columns outside x left out. Steps count floats.
struct SmallGroupRows {
  const float* src;      ///< Tap 0 of output 0 of the first row, wherever that would lie.
  std::int64_t src_row;  ///< From one row's to the next one's.
  std::int64_t depths;   ///< Tap depths that lie inside x.
  std::int64_t src_depth, src_height;
  const float* weights;  ///< [kd, kh, kw, G, 16], of the first depth inside x.
  std::int64_t weight_depth, weight_height;
  std::int64_t kernel_width, stride, dilation;
  const Taps* heights;  ///< Of each row, tap heights that lie inside x.
  std::int64_t rows;
  const SmallGroupTile* tiles;
  std::int64_t tile_count;
  const float* init;  ///< 16 values.
  float* dst;         ///< [rows, columns of y, 16].
  std::int64_t dst_row;
};
using SmallGroupFunction = void (*)(const SmallGroupRows&);

/// One target's rows for groups of one size. A function with unrolled taps computes widths `wide`
/// and `narrow`; the other one takes any taps, widths `wide`, `narrow` and 1, and stores them
/// whole.
struct SmallGroupTable {
  int lanes;  ///< Divides kChannelBlock.
  int unrolled_wide, unrolled_narrow;
  int any_wide, any_narrow;
  /// The function for so many taps a row without dilation, or null.
  SmallGroupFunction (*unrolled)(std::int64_t kernel_width, std::int64_t stride);
  SmallGroupFunction any;
};

/// Floats of the blocked copy of x that rows read where x is plain or its padding folds.
double small_group_copy_floats(const ConvProblem& p);

/// Kernel::cost where multiply-adds reach `efficiency` of the peak.
double small_group_cost(const ConvProblem& p, double efficiency);

/// `p` has groups of one input channel and any number of output channels, or of G of each where G
/// divides 16 and `table` is of groups of G.
std::unique_ptr<Plan> make_small_group_plan(const ConvProblem& p, const PlanOptions& options,
                                            const SmallGroupTable& table, std::string_view name,
                                            double cycles);

}  // namespace convcheck::optimized
