// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

AxisMaps block(const ConvProblem& p, const Shape& w, std::int64_t g) {
  AxisMaps maps = identity_maps(w);
  maps[0] = range_map(g * (p.out_channels / p.groups), p.out_channels / p.groups);
  maps[1] = range_map(g * (p.in_channels / p.groups), p.in_channels / p.groups);
  return maps;
}

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
  ConvProblem dense = p;
  dense.groups = 1;
  if (p.operation == Operation::kWgrad) {
    const Estimate all = calls.apply(dense, v);
    Estimate expected = zeros_like(found);
    for (std::int64_t g = 0; g < p.groups; ++g)
      place_group(gather(all, block(p, all.shape(), g)), p, g, expected);
    calls.expect_equal("w", expected, found);
    return calls.judgement();
  }
  Estimate w = Tensor(p.w_type, dense.w_shape());
  for (std::int64_t g = 0; g < p.groups; ++g)
    scatter_add(group_of(p, v, g)[Role::kW], block(p, w.shape(), g), w);
  calls.expect_equal(to_string(p.written()), calls.apply(dense, v.with(Role::kW, w)), found);
  return calls.judgement();
}

}  // namespace

extern const Law grouped_block_diagonal_law = {
    .id = "grouped-block-diagonal",
    .statement = "a grouped convolution is a dense one whose weights are block diagonal",
    .source = "definition; the blocks of a dense wgrad are the grouped one",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
