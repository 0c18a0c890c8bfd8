// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.groups > 1 && p.groups == p.in_channels;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.channels = Channels::kDepthwise;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Estimate found = calls.apply(p, v);
  ConvProblem single = p;
  single.groups = single.in_channels = single.out_channels = 1;
  const std::int64_t multiplier = p.out_channels / p.groups;
  Estimate expected = zeros_like(found);
  for (std::int64_t m = 0; m < p.out_channels; ++m) {
    Values channel;
    if (p.written() != Role::kX) channel[Role::kX] = slice(v[Role::kX], 1, m / multiplier, 1);
    if (p.written() != Role::kW) channel[Role::kW] = slice(v[Role::kW], 0, m, 1);
    if (p.written() != Role::kY) channel[Role::kY] = slice(v[Role::kY], 1, m, 1);
    const Estimate part = calls.apply(single, channel);
    const bool writes_x = p.written() == Role::kX;
    place(part, p.written() == Role::kW ? 0 : 1, writes_x ? m / multiplier : m, expected);
  }
  calls.expect_equal(to_string(p.written()), expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law depthwise_by_channel_law = {
    .id = "depthwise-by-channel",
    .statement = "a depthwise convolution is one convolution of one channel for each channel of y",
    .source = "Chollet 2017; definition with one input channel a group",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
