// SPDX-License-Identifier: Apache-2.0
// The oracle with a fault planted in it, for the tests of the oracle.
#pragma once

#include "reference/oracle.hpp"
#include "reference/solver.hpp"

namespace convcheck::reference {

/// solve(), made wrong.
Result<OracleResult> solve_with_faults(const ConvProblem& problem,
                                       const std::vector<Tensor>& operands,
                                       const OracleOptions& options, const Faults& faults);

}  // namespace convcheck::reference
