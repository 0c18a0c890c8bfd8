// SPDX-License-Identifier: Apache-2.0
// The image kernel's plan: everything around the register tile that kernels/image.cpp computes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/engine.hpp"

namespace convcheck::optimized {

/// What one call computes: some rows of y by some vectors of pixels,
///
///   dst[r, j] = init + sum over kd, kh, kw of rows[kd, r + kh][column + j + kw] * w[kd, kh, kw]
///
/// in the order of kernel.hpp. Reads whole vectors: from column + column_begin on, as many as the
/// tile has and one more for every vector that column_end - column_begin - 1 begins. Steps count
/// floats, those of `rows` pointers.
struct ImageTile {
  const float* const* rows;  ///< Null where a row lies outside x: no terms.
  std::int64_t rows_step;    ///< From one depth to the next.
  std::int64_t depths;
  std::int64_t column;
  std::int64_t kernel_height, kernel_width;
  std::int64_t column_begin, column_end;  ///< Tap columns to sum.
  const float* weights;                   ///< [kd, kh, kw]
  float init;
  float* dst;
  std::int64_t dst_row;
};
using ImageTileFunction = void (*)(const ImageTile&);

/// One target's tiles.
struct ImageTable {
  int lanes;
  int rows;                         ///< Rows of a tall tile; a flat one has 1.
  std::array<int, 3> tall_vectors;  ///< Widths of tall tiles, widest first; the last is 1.
  std::array<int, 3> flat_vectors;
  std::array<ImageTileFunction, 3> tall;
  std::array<ImageTileFunction, 3> flat;
};

std::unique_ptr<Plan> make_image_plan(const ConvProblem& p, const PlanOptions& options,
                                      const ImageTable& table, double cycles);

}  // namespace convcheck::optimized
