// SPDX-License-Identifier: Apache-2.0
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
  ConvProblem pass = p;
  pass.w_extent = pass.stride = pass.dilation = {1, 1, 1};
  pass.pad_begin = {0, 0, 0};
  pass.y_extent = pass.x_extent;
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = reshaped(c.operands[1], pass.w_shape());
  Estimate travelling = calls.apply(pass, v);
  Estimate kernel = c.operands[1];
  pass.in_channels = 1;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const Tensor& u = c.operands[2 + a - static_cast<std::size_t>(p.first_axis())];
    kernel = outer_product(kernel, u);
    ConvProblem one = pass;
    one.w_extent[a] = p.w_extent[a];
    one.stride[a] = p.stride[a];
    one.dilation[a] = p.dilation[a];
    one.pad_begin[a] = p.pad_begin[a];
    one.y_extent[a] = p.y_extent[a];
    v[Role::kX] = travelling;
    v[Role::kW] = reshaped(u, one.w_shape());
    travelling = calls.apply(one, v);
    pass.x_extent[a] = pass.y_extent[a] = p.y_extent[a];
  }
  Values whole;
  whole[Role::kX] = c.operands[0];
  whole[Role::kW] = reshaped(kernel, p.w_shape());
  calls.expect_equal("y", travelling, calls.apply(p, whole));
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
