// SPDX-License-Identifier: Apache-2.0
// The small one-dimensional problems that tests go through whole.
#pragma once

#include <array>
#include <cstdint>

#include "core/problem.hpp"

namespace convcheck::reference {

inline constexpr std::array kOperations{Operation::kConv, Operation::kDeconv, Operation::kWgrad};
inline constexpr std::array kModes{PaddingMode::kZeros, PaddingMode::kReflect,
                                   PaddingMode::kReplicate, PaddingMode::kCircular};
inline constexpr std::array kOrientations{Orientation::kCrossCorrelation,
                                          Orientation::kConvolution};

/// Calls visit(problem, number from 1 on) for every operation, padding mode, orientation and small
/// geometry of one axis, with one channel; ends when it returns false.
template <class Visit>
void for_each_line_problem(Visit&& visit) {
  std::int64_t turn = 0;
  ConvProblem p;
  p.rank = 1;
  for (const Operation operation : kOperations)
    for (const PaddingMode mode : kModes)
      for (const Orientation orientation : kOrientations)
        for (std::int64_t i = 1; i <= 4; ++i)
          for (std::int64_t k = 1; k <= 3; ++k)
            for (std::int64_t s = 1; s <= 3; ++s)
              for (std::int64_t d = 1; d <= 2; ++d)
                for (std::int64_t pad = -1; pad <= 3; ++pad)
                  for (std::int64_t o = 1; o <= 3; ++o) {
                    p.operation = operation;
                    p.padding_mode = mode;
                    p.orientation = orientation;
                    p.x_extent[2] = i;
                    p.w_extent[2] = k;
                    p.y_extent[2] = o;
                    p.stride[2] = s;
                    p.dilation[2] = d;
                    p.pad_begin[2] = pad;
                    if (!visit(p, ++turn)) return;
                  }
}

}  // namespace convcheck::reference
