// SPDX-License-Identifier: Apache-2.0
// Winograd's F(2x2,3x3) for planted engines: right, or wrong where its tiles are cut.
#pragma once

#include <cstdint>
#include <span>

#include "properties/planted.hpp"

namespace convcheck::properties {

/// What a bug changes; the defaults compute the convolution.
struct WinogradTwist {
  std::int64_t padding = -1;      ///< Not negative: pads by this on both axes.
  bool whole_tiles_only = false;  ///< The column of a tile that is cut stays at the bias.
  std::int64_t step = 2;          ///< Columns of x from one tile to the next.
};

/// True for what the tiles compute: conv, rank 2, f32, 3x3, dense, padding by zeros,
/// cross-correlation.
bool winograd_fits(const ConvProblem&);
/// Winograd where the tiles are used, direct elsewhere.
Claim winograd_claim(const ConvProblem&);
/// Y = A^T [ sum_c (G g G^T) o (B^T d B) ] A for 2x2 outputs at a time, in f32 (Lavin and Gray,
/// CVPR 2016); false, and nothing done, for other problems.
bool winograd_tiles(const ConvProblem&, const Operands&, std::span<float> results,
                    const WinogradTwist&);

}  // namespace convcheck::properties
