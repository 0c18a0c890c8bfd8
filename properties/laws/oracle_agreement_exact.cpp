// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "reference/oracle.hpp"

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
  const auto oracle = reference::solve(p, c.operands);
  if (!oracle) calls.not_applicable(oracle.error().message);
  const Tensor found = calls.exact(p, values_of(c));
  if (oracle) calls.expect_equal(to_string(p.written()), oracle->value, found);
  return calls.judgement();
}

}  // namespace

extern const Law oracle_agreement_exact_law = {
    .id = "oracle-agreement-exact",
    .statement = "on integers whose sums are exact, the engine writes the exact result",
    .source = "definition of the operation; integers below 2^p add exactly in any order",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
