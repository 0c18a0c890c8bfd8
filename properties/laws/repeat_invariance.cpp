// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"

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
  const Values v = values_of(c);
  calls.environment().prior_calls = 0;
  const Tensor first = calls.repeatable(p, v);
  calls.environment().prior_calls = 2;
  calls.expect_same_bits(to_string(p.written()), first, calls.repeatable(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law repeat_invariance_law = {
    .id = "repeat-invariance",
    .statement =
        "the same bits for every run of a plan, also after runs on other data, where that is "
        "claimed",
    .source = "Claim::deterministic",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = rounding_case,
    .holds = holds,
};

}  // namespace convcheck::properties
