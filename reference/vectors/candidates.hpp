// SPDX-License-Identifier: Apache-2.0
// Problems with operands from which the known-answer vectors are chosen.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "reference/proof_data.hpp"

namespace convcheck::reference {

struct Candidate {
  std::string comment;
  ConvProblem problem;
  std::vector<Tensor> operands;
};

/// What one output is to sum.
struct Sum {
  std::string comment;
  std::vector<std::pair<double, double>> products;
  std::optional<double> bias = std::nullopt;
  std::int32_t first_zero_point = 0, second_zero_point = 0;
};

/// A problem of one output that sums these products in this order; nothing if a value is none of
/// its type's or the problem is not valid (a wgrad with a bias, say).
std::optional<Candidate> dot_candidate(Operation operation, const Mixture& types, const Sum& sum);

/// The files, each a list of candidates in a fixed order.
std::vector<Candidate> float_candidates(const Mixture& types);
std::vector<Candidate> mixed_candidates();
std::vector<Candidate> integer_candidates();
/// Small problems of every rank, padding mode and type, enough that every operation meets every
/// slip of indices that can happen to it.
std::vector<Candidate> geometry_candidates();

}  // namespace convcheck::reference
