// SPDX-License-Identifier: Apache-2.0
// The benchdnn descriptor inside a problem's name; problem_text.hpp has the whole grammar.
#pragma once

#include <string_view>

#include "core/problem.hpp"

namespace convcheck {

/// Fills groups, batch, channels, extents, strides, dilations and paddings of `p` from `text`,
/// which is read with the meaning that p.operation gives it. kParse on any departure. One meaning
/// is ours: an output of 0 is an empty one, where benchdnn deduces it.
Status read_descriptor(std::string_view text, ConvProblem& p);

}  // namespace convcheck
