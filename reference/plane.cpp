// SPDX-License-Identifier: Apache-2.0
#include "reference/plane.hpp"

#include <algorithm>

#include "core/geometry.hpp"
#include "core/wide.hpp"

namespace convcheck::reference {
namespace {

// Elements of a part of x, which stay in the first-level cache beside y.
constexpr std::int64_t kMostElements = 6144;
// Longer lines fill vectors of taps.
constexpr std::int64_t kMostTaps = 7;

std::int64_t tap_begin(const ConvProblem& p, const PlaneLayout& plan, std::int64_t tap) {
  const Axes& k = p.w_extent;
  const Axes stored{tap / k[2] / k[1], tap / k[2] % k[1], tap % k[2]};
  const bool flipped = p.orientation == Orientation::kConvolution;
  std::int64_t plane = 0;
  std::int64_t element = 0;
  for (std::size_t a = 0; a < stored.size(); ++a) {
    const std::int64_t past = (flipped ? k[a] - 1 - stored[a] : stored[a]) * p.dilation[a];
    plane = plane * plan.residues[a] + past % p.stride[a];
    element = element * plan.extent[a] + past / p.stride[a];
  }
  return plane * plan.plane() + element;
}

}  // namespace

PlaneLayout plan_planes(const ConvProblem& p) {
  PlaneLayout plan;
  if (p.w_extent[2] > kMostTaps || p.batch == 0) return plan;
  plan.axis = p.y_extent[0] == 1 && p.w_extent[0] == 1 ? 1 : 0;
  Axes past{};  // Rows of a residue that taps past the first read beyond the positions.
  Int128 others = 1;
  for (std::size_t a = 0; a < past.size(); ++a) {
    if (p.w_extent[a] > 1) plan.residues[a] = p.stride[a];
    const Int128 reach = static_cast<Int128>(p.w_extent[a] - 1) * p.dilation[a] / p.stride[a];
    if (reach > kMostElements || plan.residues[a] > kMostElements) return plan;
    past[a] = static_cast<std::int64_t>(reach);
    others *= plan.residues[a];
    if (a != plan.axis) others *= p.y_extent[a] + past[a];
  }
  const Int128 most = others > 0 ? kMostElements / others - past[plan.axis] : 0;
  if (most < 1) return plan;
  const std::int64_t positions = p.y_extent[plan.axis];
  plan.parts = ceil_div(positions, std::min(positions, static_cast<std::int64_t>(most)));
  plan.part = ceil_div(positions, plan.parts);
  plan.parts = ceil_div(positions, plan.part);
  for (std::size_t a = 0; a < past.size(); ++a)
    plan.extent[a] = (a == plan.axis ? plan.part : p.y_extent[a]) + past[a];
  const std::int64_t length = plan.length(p.y_extent, plan.part);
  Axes part = p.y_extent;
  part[plan.axis] = plan.part;
  // Zeros between positions cost as much as positions.
  if (length > 2 * part[0] * part[1] * part[2]) return plan;
  const Int128 blocks =
      static_cast<Int128>(p.batch) * plan.parts * ceil_div(length, PlaneLayout::kBlock);
  if (blocks > std::int64_t{1} << 24) return plan;
  const std::int64_t lane = ceil_div(std::min(length, PlaneLayout::kBlock), PlaneLayout::kLanes);
  // Of a lane, whose first product is added to zero; of eight lanes; of blocks.
  plan.height = lane - 1 + 3 + static_cast<std::int64_t>(blocks);
  for (std::int64_t tap = 0; tap < p.w_extent[0] * p.w_extent[1] * p.w_extent[2]; ++tap)
    plan.begin.push_back(tap_begin(p, plan, tap));
  plan.usable = true;
  return plan;
}

}  // namespace convcheck::reference
