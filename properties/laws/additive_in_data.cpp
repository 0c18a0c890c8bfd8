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

LawOperands operands(const Chain& chain) { return with_twin(chain, chain.front().data_input()); }

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, operands(chain), seed, 2);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Role data = p.data_input();
  const Values v = values_of(c);
  const Estimate& other = c.operands.back();
  const Estimate whole = calls.apply(p, v.with(data, sum(v[data], other)));
  const Estimate parts = sum(calls.apply(p, v), calls.apply(p, v.with(data, other)));
  calls.expect_equal(to_string(p.written()), parts, whole);
  return calls.judgement();
}

}  // namespace

extern const Law additive_in_data_law = {
    .id = "additive-in-data",
    .statement = "F(a1 + a2, b) = F(a1, b) + F(a2, b)",
    .source = "definition: linear in the data operand (x; y for deconv)",
    .rounding = true,
    .draw = draw,
    .in_domain = is_linear_without_bias,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
