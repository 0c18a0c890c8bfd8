// SPDX-License-Identifier: Apache-2.0
// What is special about a known-answer vector, computed from the vector itself.
#pragma once

#include <string_view>
#include <vector>

#include "core/tensor.hpp"

namespace convcheck::reference {

struct Flag {
  std::string_view name;
  std::string_view meaning;
};

/// Every flag there is.
const std::vector<Flag>& flags();

/// The names of those that the problem has on these operands, in the order of flags().
std::vector<std::string_view> flags_of(const ConvProblem& p, const std::vector<Tensor>& operands);

}  // namespace convcheck::reference
