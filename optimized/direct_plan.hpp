// SPDX-License-Identifier: Apache-2.0
// The direct kernel's plan: everything around the register tile that kernels/direct.cpp computes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/engine.hpp"

namespace convcheck::optimized {

/// Taps of one (d, h) row of the filter that lie inside x.
struct RowTap {
  /// Floats from the tile's block of input channels to the row it reads; kNoRow: no row of x, zeros
  /// stand for it (in a tile of two rows, one of which has the tap).
  std::int64_t source;
  std::int64_t index;   ///< kd * kernel.h + kh.
  std::int64_t second;  ///< As `source`, for the second row of outputs of a tile of two.
};
inline constexpr std::int64_t kNoRow = -1;

/// What one call computes: `width` output pixels by `vectors` vectors of output channels, summed
/// over some blocks of input channels,
///
///   dst[p, v] += sum over block, row tap, kw, channel of src[block, row, p, kw, channel] * w[...]
///
/// in the order of kernel.hpp. A tile of two rows computes as many pixels of the row after as well,
/// so that each weight loaded serves both. Steps count floats.
struct DirectTile {
  const float* src;         ///< First block, tap column 0 of the first pixel; channels contiguous.
  std::int64_t src_block;   ///< From one block of input channels to the next.
  std::int64_t src_pixel;   ///< From one output pixel's input to the next one's.
  std::int64_t src_column;  ///< From one tap column to the next.
  const RowTap* rows;
  std::int64_t row_count;
  const float* weights;  ///< [block][kd][kh][kw][channel][vectors * lanes]; aligned.
  std::int64_t weight_block;
  std::int64_t blocks;
  std::int64_t last_channels;  ///< Channels of the last block; the others have kChannelBlock.
  std::int64_t kernel_width;
  std::int64_t column_begin, column_end;  ///< Tap columns to sum.
  const float* init;                      ///< vectors * lanes initial values; null: dst itself.
  float* dst;
  std::int64_t dst_pixel, dst_vector;
  std::int64_t dst_row;  ///< Tiles of two rows: to the same pixel of the second.
  const float* zeros;  ///< Tiles of two rows: a row of zeros, from tap column 0 of the first pixel.
};
using DirectTileFunction = void (*)(const DirectTile&);

inline constexpr int kMaxTileWidth = 14;
inline constexpr int kMaxTileVectors = 2;

/// One target's tiles.
struct DirectTable {
  int lanes;      ///< Divides kChannelBlock.
  int max_width;  ///< Widths 1 to this exist.
  int max_vectors;
  /// [source pixels kChannelBlock floats apart, or any distance][vectors - 1][width - 1]
  std::array<std::array<std::array<DirectTileFunction, kMaxTileWidth>, kMaxTileVectors>, 2> tiles;
  /// The same with two rows of outputs; widths 1 to max_width / 2.
  std::array<std::array<std::array<DirectTileFunction, kMaxTileWidth>, kMaxTileVectors>, 2>
      two_rows;
};

/// Floats of the copy of x with its columns padded, that the kernel reads.
double direct_copy_floats(const ConvProblem& p);

std::unique_ptr<Plan> make_direct_plan(const ConvProblem& p, const PlanOptions& options,
                                       const DirectTable& table, double cycles);

}  // namespace convcheck::optimized
