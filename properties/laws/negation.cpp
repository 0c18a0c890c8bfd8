// SPDX-License-Identifier: Apache-2.0
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

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Role data = p.data_input();
  const Values v = values_of(c);
  const Tensor expected = scaled(calls.repeatable(p, v), -1).tensor();
  Values negated = v.with(data, scaled(v[data], -1));
  if (p.has_bias) negated[Role::kBias] = scaled(v[Role::kBias], -1);
  calls.expect_equal(to_string(p.written()), expected, calls.repeatable(p, negated));
  return calls.judgement();
}

}  // namespace

extern const Law negation_law = {
    .id = "negation",
    .statement = "F(-a, b) = -F(a, b), bit for bit but for the sign of zeros",
    .source = "IEEE 754: round to nearest even is symmetric",
    .draw = draw,
    .in_domain = is_linear,
    .operands = plain_operands,
    .make_case = rounding_case,
    .holds = holds,
};

}  // namespace convcheck::properties
