// SPDX-License-Identifier: Apache-2.0
// What stands behind a rounded answer: the exact values, and enclosures of them in doubles.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/dyadic.hpp"
#include "reference/oracle.hpp"

namespace convcheck::reference {

/// The last problem of a chain and what it reads: the operands, and the rounded result of the step
/// before, shuffled where the chain says so.
struct LastStep {
  ConvProblem problem;
  std::vector<Tensor> operands;  ///< As for solve.
};
/// `result` is solve_chain's for the same chain and operands.
LastStep last_step(const Chain& chain, const std::vector<Tensor>& operands,
                   const ChainResult& result);

/// Every output of the (valid) problem before it is rounded, by a formulation that shares neither
/// loops nor arithmetic with the oracle (wide_sums). Takes some 160 bytes an output for f32 and
/// narrower types, 1.1 kB for f64.
std::vector<Dyadic> exact_values(const ConvProblem& problem, const std::vector<Tensor>& operands);

/// The first output whose bits are not those of the exact value rounded once to the tensor's type;
/// NaNs are alike.
std::optional<std::int64_t> first_misrounded(const Tensor&, const std::vector<Dyadic>& exact);

/// low <= exact <= high. Equal where the exact value is known to be a double, infinite or NaN
/// (low = high = NaN); otherwise the two doubles next to the exact value's nearest one.
struct Enclosure {
  double low = 0;
  double high = 0;
};
/// One enclosure an output: the problem solved once more, its result, bias and integers in f64.
/// Errors are those of solve.
Result<std::vector<Enclosure>> enclosures(const ConvProblem& problem,
                                          const std::vector<Tensor>& operands,
                                          const OracleOptions& options = {});

}  // namespace convcheck::reference
