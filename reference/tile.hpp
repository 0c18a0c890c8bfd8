// SPDX-License-Identifier: Apache-2.0
// The oracle's two f64 passes over one tile of outputs, on whichever SIMD target the CPU has.
#pragma once

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reference/lowering.hpp"
#include "reference/source.hpp"

namespace convcheck::reference {

/// Part of the written tensor: rows [row_begin, row_end) and columns [column_begin, column_end) of
/// one group; for deconv, of the residues that the three views stand for.
struct Tile {
  std::array<const AxisView*, 3> views{};
  std::int64_t group = 0;
  std::int64_t row_begin = 0, row_end = 0;
  std::int64_t column_begin = 0, column_end = 0;

  [[nodiscard]] std::int64_t rows() const { return row_end - row_begin; }
  [[nodiscard]] std::int64_t columns() const { return column_end - column_begin; }
};

/// Largest tile.
inline constexpr std::int64_t kMaxTileRows = 128;
inline constexpr std::int64_t kMaxTileColumns = 256;

/// An output's products are added in blocks of this many, in the order of depth, each block from
/// zero; the sums of the blocks are added to the bias. Neither tile nor target nor thread changes
/// that, so none of them changes a bit.
inline constexpr std::int64_t kDepthBlock = 128;

/// Roundings that one of `products` products goes through at most: the height of that summation.
constexpr std::int64_t sum_height(std::int64_t products) {
  return products == 0
             ? 0
             : std::min(products, kDepthBlock) - 1 + (products + kDepthBlock - 1) / kDepthBlock;
}

/// Consecutive positions of the innermost axis.
struct Run {
  std::int64_t batch;
  std::array<std::int64_t, 3> position;
  std::int64_t length;
  std::int64_t first;  ///< Number of the run's first column (or depth) in what was split.
};

/// Splits positions [begin, end) of batch x views, flattened, into runs that cross neither a row of
/// the innermost axis nor a multiple of `cut` past begin.
void split_runs(const std::array<const AxisView*, 3>& views, std::int64_t begin, std::int64_t end,
                std::int64_t cut, std::vector<Run>& runs);

/// Memory of one thread: about 1 MB whatever the problem.
struct TileScratch {
  TileScratch();
  hwy::AlignedFreeUniquePtr<double[]> fixed, data;  ///< Packed panels.
  /// Results, row r and column c at [r * column_stride + c]: the sums, and those of magnitudes.
  hwy::AlignedFreeUniquePtr<double[]> value, sum_abs;
  std::int64_t column_stride = 0;
  std::vector<Run> runs;
  /// Of every run, for the packing of data: the line that it reads through the outer axes' taps
  /// (-1 in the padding), and where it goes.
  struct Copy {
    std::int64_t line;
    double* to;
    std::int64_t to_stride;
  };
  std::vector<Copy> copies;
};

/// The operands that are read, named as in Contraction.
struct TileOperands {
  Source data, fixed, bias;
};

/// value = bias + sum of products, sum_abs = |bias| + sum of their magnitudes, in f64, each output
/// one term after the other: the same bits on every target as long as all operands are finite and
/// narrow (is_narrow). A tap in the padding adds 0 times its weight, which is NaN where the weight
/// is not finite.
void accumulate_tile(const Contraction&, const TileOperands&, const Tile&, TileScratch&);

/// The least exponent e such that 2^e is the lowest set bit of an element of [begin, end);
/// kNoLowestBit if all are zero. What infinities and NaNs give is of no use.
int lowest_bit_exponent(const Source&, std::int64_t begin, std::int64_t end);
inline constexpr int kNoLowestBit = 1024;

/// Number of element 0 of channel `channel` in `group`'s part of batch n.
inline std::int64_t channel_offset(const Contraction& c, std::int64_t n, std::int64_t group,
                                   std::int64_t channel) {
  const std::int64_t size = c.data_extent[0] * c.data_extent[1] * c.data_extent[2];
  return ((n * c.groups + group) * c.channels + channel) * size;
}

}  // namespace convcheck::reference
