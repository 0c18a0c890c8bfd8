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
  calls.environment().layout = LayoutChoice::kPlain;
  const Tensor plain = calls.exact(p, v);
  calls.environment().layout = LayoutChoice::kPreferred;
  calls.expect_equal(to_string(p.written()), plain, calls.exact(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law layout_invariance_law = {
    .id = "layout-invariance",
    .statement = "plain and preferred layouts give the same result",
    .source = "contract of Plan::import_operand and export_operand",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
