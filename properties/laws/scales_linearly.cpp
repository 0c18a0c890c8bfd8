// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  return draw_problem(random, space);
}

constexpr double kFactor = 3;  // No power of two: the product is no exponent shift.

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, plain_operands(chain), seed, 3);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Estimate expected = scaled(calls.apply(p, v), kFactor);
  for (const Role role : {p.data_input(), partner(p)}) {
    const Estimate found = calls.apply(p, v.with(role, scaled(v[role], kFactor)));
    calls.expect_equal(to_string(p.written()), expected, found);
  }
  return calls.judgement();
}

}  // namespace

extern const Law scales_linearly_law = {
    .id = "scales-linearly",
    .statement = "F(3a, b) = 3 F(a, b) = F(a, 3b)",
    .source = "definition: linear in each operand",
    .rounding = true,
    .draw = draw,
    .in_domain = is_linear_without_bias,
    .operands = plain_operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
