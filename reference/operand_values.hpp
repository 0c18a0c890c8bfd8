// SPDX-License-Identifier: Apache-2.0
// Tensors as the values over which a formulation computes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/chain.hpp"
#include "core/tensor.hpp"
#include "reference/definition.hpp"

namespace convcheck::reference {

/// What is subtracted from every element of that operand.
inline std::int32_t zero_point(const ConvProblem& p, Role role) {
  return role == Role::kX ? p.x_zero_point : role == Role::kW ? p.w_zero_point : 0;
}

/// The operands that the problem reads, in the order of operand_specs, element by element:
/// make(role, value) is one element, whose stored value every double holds exactly.
template <class Real, class Make>
Values<Real> values_by(const ConvProblem& p, const std::vector<Tensor>& operands, Make&& make) {
  Values<Real> values;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    const Tensor& tensor = operands[next++];
    std::vector<Real>& list = spec.role == Role::kX   ? values.x
                              : spec.role == Role::kW ? values.w
                              : spec.role == Role::kY ? values.y
                                                      : values.bias;
    for (std::int64_t i = 0; i < tensor.count(); ++i)
      list.push_back(make(spec.role, tensor.value(i)));
  }
  return values;
}

/// The same, converted by the number type's constructor.
template <class Real>
Values<Real> values_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  return values_by<Real>(p, operands, [](Role, double value) { return Real(value); });
}

}  // namespace convcheck::reference
