// SPDX-License-Identifier: Apache-2.0
// Random valid problems and chains, small enough to enumerate, for the tests of several rooms.
#pragma once

#include "core/chain.hpp"
#include "core/problem.hpp"
#include "core/random.hpp"

namespace convcheck {

/// A valid problem of any operation, rank, padding mode, orientation and f32, or, with `any_type`,
/// of any element types and zero points. Extents of x and y are 0 to 7 and independent of each
/// other, channels at most 12.
inline ConvProblem random_problem(Random& random, bool any_type) {
  for (;;) {
    ConvProblem p;
    p.operation = static_cast<Operation>(random.below(3));
    p.rank = static_cast<int>(random.between(1, 3));
    p.batch = random.between(0, 3);
    p.groups = random.below(3) == 0 ? random.between(1, 4) : 1;
    p.in_channels = p.groups * random.between(1, 3);
    p.out_channels = p.groups * random.between(1, 3);
    for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
      p.x_extent[a] = random.between(0, 7);
      p.w_extent[a] = random.between(1, 4);
      p.y_extent[a] = random.between(0, 7);
      p.stride[a] = random.between(1, 4);
      p.dilation[a] = random.between(1, 3);
      p.pad_begin[a] = random.between(-3, 6);
    }
    p.padding_mode = static_cast<PaddingMode>(random.below(4));
    p.orientation = static_cast<Orientation>(random.below(2));
    p.has_bias = p.operation != Operation::kWgrad && random.below(3) == 0;
    if (any_type) {
      p.x_type = static_cast<ElementType>(random.below(7));
      p.w_type = static_cast<ElementType>(random.below(7));
      p.y_type = static_cast<ElementType>(random.below(7));
      if (random.below(3) == 0) p.x_zero_point = static_cast<std::int32_t>(random.between(-9, 99));
      if (random.below(3) == 0) p.w_zero_point = static_cast<std::int32_t>(random.between(-9, 99));
    }
    if (validate(p)) return p;
  }
}

}  // namespace convcheck
