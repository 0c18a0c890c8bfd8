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

LawOperands operands(const Chain& chain) { return with_twin(chain, partner(chain.front())); }

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, operands(chain), seed, 2);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Role weights = partner(p);
  const Values v = values_of(c);
  const Estimate& other = c.operands.back();
  const Estimate whole = calls.apply(p, v.with(weights, sum(v[weights], other)));
  const Estimate parts = sum(calls.apply(p, v), calls.apply(p, v.with(weights, other)));
  calls.expect_equal(to_string(p.written()), parts, whole);
  return calls.judgement();
}

}  // namespace

extern const Law additive_in_weights_law = {
    .id = "additive-in-weights",
    .statement = "F(a, b1 + b2) = F(a, b1) + F(a, b2)",
    .source = "definition: linear in the weights (y for wgrad)",
    .rounding = true,
    .draw = draw,
    .in_domain = is_linear_without_bias,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
