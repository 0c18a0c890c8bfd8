// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: repeatable data, and the definition's answer rounded once.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "core/tensor.hpp"
#include "reference/definition.hpp"
#include "reference/operand_values.hpp"
#include "reference/proof_data.hpp"
#include "reference/rounding.hpp"

namespace convcheck::reference {

/// proof_operands, the same for the same problem, data and seed.
inline std::vector<Tensor> hostile_operands(const ConvProblem& p, Data data, std::uint64_t seed) {
  Random random(stable_hash(to_string(p)) + 977 * seed + static_cast<std::uint64_t>(data));
  return proof_operands(p, data, random);
}

/// What `formulation` gives, each output rounded once to the written type.
template <class Real, class Formulation>
std::vector<double> rounded(const ConvProblem& p, const std::vector<Tensor>& operands,
                            Formulation&& formulation) {
  std::vector<double> list;
  for (const Real& exact : formulation(p, values_of<Real>(p, operands)))
    list.push_back(round_exact(exact, traits(p.type(p.written()))));
  return list;
}

/// Whether some operand needs ExactF64.
inline bool is_wide(const ConvProblem& p) {
  const auto wide = [&](Role role) { return p.type(role) == ElementType::kF64; };
  return wide(Role::kX) || wide(Role::kW) || wide(Role::kY);
}

/// What the definition gives, each output rounded once to the written type.
inline std::vector<double> defined(const ConvProblem& p, const std::vector<Tensor>& operands) {
  return is_wide(p) ? rounded<ExactF64>(p, operands, definition<ExactF64>)
                    : rounded<ExactF32>(p, operands, definition<ExactF32>);
}

/// NaNs are one value.
inline bool same_bits(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace convcheck::reference
