// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) { return is_linear(chain) && chain.front().groups > 1; }

Chain draw(Random& random) {
  ProblemSpace space;
  space.channels = Channels::kGrouped;
  space.bias = true;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Estimate found = calls.apply(p, v);
  ConvProblem one = p;
  one.groups = 1;
  one.in_channels /= p.groups;
  one.out_channels /= p.groups;
  Estimate expected = zeros_like(found);
  for (std::int64_t g = 0; g < p.groups; ++g)
    place_group(calls.apply(one, group_of(p, v, g)), p, g, expected);
  calls.expect_equal(to_string(p.written()), expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law groups_concatenate_law = {
    .id = "groups-concatenate",
    .statement = "a grouped convolution is its groups' convolutions, side by side",
    .source = "Krizhevsky et al. 2012; definition: y of group g reads x and w of group g only",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
