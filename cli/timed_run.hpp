// SPDX-License-Identifier: Apache-2.0
// What every timed run shares.
#pragma once

#include <vector>

#include "benchmarks/verify.hpp"
#include "core/case.hpp"
#include "reference/oracle.hpp"

namespace convcheck::cli {

/// Processes of an engine: where its memory comes to lie, and what code it generates, is one thing
/// within a process.
inline constexpr int kTimedLaunches = 2;

/// What the timing demands of a result before it is timed: the bound of the plan's own claim. The
/// arguments must outlive what is returned.
benchmarks::OutputCheck demand_claim(const Chain&, const std::vector<Tensor>& operands,
                                     const reference::ChainResult& exact);

}  // namespace convcheck::cli
