// SPDX-License-Identifier: Apache-2.0
// Wrong answers that implementations have given: what a known-answer vector is there to catch.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"

namespace convcheck::reference {

/// One way to get a convolution wrong, exact in everything else.
struct Slip {
  std::string_view name;
  bool of_indices;         ///< Of indices and shapes, not of arithmetic.
  std::string_view wrong;  ///< What it gets wrong, one clause: "ignores the dilation".
  /// The outputs that it gives for a valid problem, in the order of the written tensor.
  std::function<std::vector<double>(const ConvProblem&, const std::vector<Tensor>& operands)>
      answer;
};

const std::vector<Slip>& slips();

}  // namespace convcheck::reference
