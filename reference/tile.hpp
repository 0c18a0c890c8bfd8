// SPDX-License-Identifier: Apache-2.0
// The oracle's sums over one tile of outputs, on whichever SIMD target the CPU has.
#pragma once

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reference/long_sum.hpp"
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

/// Products that one output may sum in f64 (bias not counted): the proof needs sum_height <= 2^25.
/// Longer sums are summed in integers.
inline constexpr std::int64_t kMaxProducts = std::int64_t{1} << 31;
static_assert(sum_height(kMaxProducts) <= std::int64_t{1} << 25);

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

/// A tile's sums, row r and column c at [r * stride + c].
struct TileSums {
  void allocate(std::int64_t count);
  hwy::AlignedFreeUniquePtr<double[]> value, low, sum_abs;  ///< `low` for the bins only.
  std::int64_t stride = 0;
};

/// The largest part of a tile that is summed in integers at a time.
inline constexpr std::int64_t kMaxIntegerRows = 8;
inline constexpr std::int64_t kMaxIntegerColumns = 24;

/// Lanes of the widest target.
inline constexpr std::int64_t kMaxLanes = 8;

/// Whether accumulate_tile and accumulate_bins go along lines of the kernel (wgrad of few rows:
/// what packing each column by itself costs is not shared by many).
inline bool slides(const Contraction& c) { return !c.padded_line.pieces.empty(); }

/// What tiles of a problem need at most.
struct TileLimits {
  std::int64_t rows = 0;
  std::int64_t slots = 0;  ///< Columns in whole vectors, or those that lines take up (slot_count).
  std::int64_t depth = 0;  ///< Of a block.
  /// Of a part of x, and of a row of y, where tiles go by positions.
  std::int64_t plane = 0, positions = 0;
};

/// Slots that `columns` columns may take up on any target.
std::int64_t slot_count(const Contraction&, std::int64_t columns);

/// Memory of one thread: 2 MB at most.
struct TileScratch {
  explicit TileScratch(const TileLimits&);
  [[nodiscard]] std::size_t bytes() const;
  /// Elements of `data`.
  [[nodiscard]] std::int64_t data_count() const {
    return static_cast<std::int64_t>(data_size(limits_));
  }

 private:
  static std::size_t data_size(const TileLimits&);
  TileLimits limits_;

 public:
  hwy::AlignedFreeUniquePtr<double[]> fixed, data;  ///< Packed panels.
  /// Parts of x and of y where tiles go by positions; and which rows of x those are.
  hwy::AlignedFreeUniquePtr<double[]> plane, positions;
  std::array<std::vector<std::int64_t>, 2> plane_rows;
  std::int64_t plane_rows_begin = -1;
  TileSums plain, bins;
  std::vector<LongSum> sums;       ///< [kMaxIntegerRows * kMaxIntegerColumns]
  std::int64_t column_stride = 0;  ///< Of the packed data.
  std::vector<Run> runs;
  /// Of every run, for the packing of data: the line that it reads through the outer axes' taps
  /// (-1 in the padding), and where it goes.
  struct Copy {
    std::int64_t line;
    double* to;
    std::int64_t to_stride;
  };
  std::vector<Copy> copies;
  /// Positions of one run whose taps read elements side by side: the first and last of them, where
  /// what they read goes, and what the last reads past the first.
  struct Stretch {
    std::size_t run;
    std::int64_t position, last, to, hops;
  };
  std::vector<Stretch> stretches;
  std::vector<std::int64_t> lines;    ///< Where a line's memory begins in `data`.
  std::vector<std::int64_t> offsets;  ///< Where depth k of a block reads, in a line's memory.
  /// The same of the positions of a row, where lines share rows; and which rows these are.
  std::vector<std::int64_t> row_offsets;
  std::array<std::vector<std::int64_t>, 2> elements;
};

/// The operands that are read, named as in Contraction.
struct TileOperands {
  Source data, fixed, bias;
  // As everywhere but in a test that plants a fault (Faults).
  bool finite = false;  ///< No infinity, no NaN in data and fixed: known to whoever certifies.
  bool bias_in_sum_abs = true;
  bool product_errors = true;
  [[nodiscard]] bool narrow() const {
    return (is_narrow(data.type) && is_narrow(fixed.type)) || !product_errors;
  }
};

/// Whether accumulate_tile goes by positions.
inline bool goes_by_positions(const Contraction& c, const TileOperands& operands) {
  return c.plane.usable && operands.finite && operands.narrow();
}

/// scratch.plain: value = bias + sum of products, sum_abs = |bias| + sum of their magnitudes, in
/// f64, each output one term after the other: the same bits on every target as long as all operands
/// are finite and narrow (is_narrow). A tap in the padding adds 0 times its weight, which is NaN
/// where the weight is not finite. Without `magnitudes` sum_abs means nothing.
void accumulate_tile(const Contraction&, const TileOperands&, const Tile&, bool magnitudes,
                     TileScratch&);

/// scratch.bins: value + low = bias + sum of products with the error of two bins (numerics.md),
/// sum_abs as above, of the scaled operands; `sigma_factor` times the power of two below a block's
/// sum of magnitudes is its sigma. The same bits on every target for finite operands of any type.
void accumulate_bins(const Contraction&, const TileOperands&, const Tile&, double sigma_factor,
                     TileScratch&);
inline constexpr double kSigmaFactor = 12;

/// scratch.sums[r * columns + c]: the sum of the scaled products and bias, exactly, of a tile of at
/// most kMaxIntegerRows rows and kMaxIntegerColumns columns of finite operands.
void accumulate_integers(const Contraction&, const TileOperands&, const Tile&, TileScratch&);

/// The values of an operand, for scales and exactness.
struct Survey {
  static constexpr int kNone = 2000;
  int lowest = kNone;    ///< Least e such that 2^e is the lowest set bit of a finite element.
  int highest = -kNone;  ///< Greatest e with 2^e <= |element|, of finite ones.
  bool finite = true;    ///< Neither infinities nor NaN.
};
/// Of elements [begin, end), zero point subtracted.
Survey survey(const Source&, std::int64_t begin, std::int64_t end);

/// to[i] = element first + i * step, scaled.
void read_elements(const Source&, std::int64_t first, std::int64_t step, std::int64_t count,
                   double* to);

/// Number of element 0 of channel `channel` in `group`'s part of batch n.
inline std::int64_t channel_offset(const Contraction& c, std::int64_t n, std::int64_t group,
                                   std::int64_t channel) {
  const std::int64_t size = c.data_extent[0] * c.data_extent[1] * c.data_extent[2];
  return ((n * c.groups + group) * c.channels + channel) * size;
}

}  // namespace convcheck::reference
