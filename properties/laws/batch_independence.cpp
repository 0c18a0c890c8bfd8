// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) { return is_linear(chain) && chain.front().batch > 1; }

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Estimate found = calls.apply(p, v);
  ConvProblem one = p;
  one.batch = 1;
  Estimate expected = zeros_like(found);
  for (std::int64_t n = 0; n < p.batch; ++n) {
    Values image = v;
    if (p.written() != Role::kX) image[Role::kX] = slice(v[Role::kX], 0, n, 1);
    if (p.written() != Role::kY) image[Role::kY] = slice(v[Role::kY], 0, n, 1);
    place(calls.apply(one, image), 0, p.written() == Role::kW ? 0 : n, expected);
  }
  calls.expect_equal(to_string(p.written()), expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law batch_independence_law = {
    .id = "batch-independence",
    .statement = "every image is convolved as if it were alone; wgrad adds the images' gradients",
    .source = "definition: n occurs in x and y alike, or is summed over",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
