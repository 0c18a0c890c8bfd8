// SPDX-License-Identifier: Apache-2.0
// A worker's last words as sentences that name operands.
#pragma once

#include <optional>
#include <vector>

#include "core/case.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {

/// The fault that fault_handler reported; `places` are the operands of the case it happened in.
Fault describe_fault(const Json& fault, const std::vector<TensorPlace>& places);

/// The same as a finding, where it was a write to an input or beside an operand.
std::optional<Finding> finding_of_fault(const Json& fault, const std::vector<TensorPlace>& places);

}  // namespace convcheck::peers
