// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.wgrad = false;
  ConvProblem p = draw_problem(random, space);
  p.has_bias = true;
  return p;
}

bool in_domain(const Chain& chain) { return is_linear(chain) && chain.front().has_bias; }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  ConvProblem bare = p;
  bare.has_bias = false;
  const Estimate expected = with_bias(calls.apply(bare, v), v[Role::kBias]);
  calls.expect_equal(to_string(p.written()), expected, calls.apply(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law bias_affine_law = {
    .id = "bias-affine",
    .statement = "with bias = without bias + the channel's bias",
    .source = "definition",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
