// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "properties/axis_passes.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kConv && p.groups == 1 && p.out_channels == 1;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.channels = Channels::kDense;
  ConvProblem p = draw_problem(random, space);
  p.out_channels = 1;
  return p;
}

// x, a vector across the channels, and one along each axis.
LawOperands operands(const Chain& chain) {
  const ConvProblem& p = chain.front();
  LawOperands specs = {{"x", Role::kX, 0, p.x_type, p.x_shape(), false},
                       {"uc", Role::kW, 0, p.w_type, {p.in_channels}, false}};
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    specs.push_back(
        {fmt::format("u{}", kAxisLetters[a]), Role::kW, 0, p.w_type, {p.w_extent[a]}, false});
  return specs;
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, operands(chain), seed, 8);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  ConvProblem pass = before_passes(p);
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = reshaped(c.operands[1], pass.w_shape());
  Estimate across = calls.apply(pass, v);
  pass.in_channels = 1;
  const AxisPasses passes =
      pass_along_axes(calls, p, pass, std::move(across), c.operands[1], &c.operands[2]);
  Values whole;
  whole[Role::kX] = c.operands[0];
  whole[Role::kW] = reshaped(passes.kernel, p.w_shape());
  calls.expect_equal("y", passes.output, calls.apply(p, whole));
  return calls.judgement();
}

}  // namespace

extern const Law flattened_passes_law = {
    .id = "flattened-passes",
    .statement =
        "a filter that is an outer product of vectors over the channels and every axis is a 1x1 "
        "convolution to one channel and a pass along each axis",
    .source = "Jin et al. 2015; definition: the sums are taken one after the other",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
