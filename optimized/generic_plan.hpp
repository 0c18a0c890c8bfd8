// SPDX-License-Identifier: Apache-2.0
// The generic kernel's plan: everything around the register tile that kernels/generic.cpp computes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/engine.hpp"

namespace convcheck::optimized {

/// One term of a sum, for a segment of pixels.
struct GenericTerm {
  const float* pixels;   ///< What the term multiplies, one value a pixel, contiguous.
  std::int64_t weights;  ///< Floats from GenericTile::weights to its `channels` weights.
};

/// What one call computes: `channels` outputs by `vectors` vectors of pixels,
///
///   sums[c, p] += sum over terms of weights[term, c] * pixels[term, p], in the order of the terms.
struct GenericTile {
  const GenericTerm* terms;
  std::int64_t term_count;
  const float* weights;
  float* sums;  ///< [channels, sums_step], aligned.
  std::int64_t sums_step;
};
using GenericTileFunction = void (*)(const GenericTile&);

inline constexpr int kGenericVectors = 4;

/// One target's tiles.
struct GenericTable {
  int lanes;
  int max_channels;  ///< Channels of a tile: 1, 2 or this.
  /// [channels: 1, 2, 4][vectors - 1]
  std::array<std::array<GenericTileFunction, kGenericVectors>, 3> tiles;
};

std::unique_ptr<Plan> make_generic_plan(const ConvProblem& p, const PlanOptions& options,
                                        const GenericTable& table, double cycles);

}  // namespace convcheck::optimized
