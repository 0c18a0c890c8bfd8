// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space);
}

// Far from the ends of the exponent range of f32, also after products and scaling; f16 is not.
bool scales_exactly(const ConvProblem& p, const Values& v) {
  for (const Role role : {Role::kX, Role::kW, Role::kY, Role::kBias}) {
    if (v[role].type() == ElementType::kF16) return false;
    if (role == p.written()) continue;
    for (std::int64_t i = 0; i < v[role].count(); ++i) {
      const double magnitude = std::fabs(v[role].value(i));
      if (magnitude != 0 && !(magnitude > 0x1p-56 && magnitude < 0x1p40)) return false;
    }
  }
  return true;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  if (!scales_exactly(p, v)) calls.not_applicable("the data leave the exponent range");
  Values large = v.with(p.data_input(), scaled(v[p.data_input()], 0x1p7));
  large[partner(p)] = scaled(v[partner(p)], 0x1p-3);
  if (p.has_bias) large[Role::kBias] = scaled(v[Role::kBias], 0x1p4);
  const Tensor expected = scaled(calls.repeatable(p, v), 0x1p4).tensor();
  calls.expect_equal(to_string(p.written()), expected, calls.repeatable(p, large));
  return calls.judgement();
}

}  // namespace

extern const Law power_of_two_scaling_law = {
    .id = "power-of-two-scaling",
    .statement = "F(2^7 a, 2^-3 b) = 2^4 F(a, b), bit for bit",
    .source = "IEEE 754: multiplication by a power of two is exact barring over- and underflow",
    .draw = draw,
    .in_domain = is_linear,
    .operands = plain_operands,
    .make_case = rounding_case,
    .holds = holds,
};

}  // namespace convcheck::properties
