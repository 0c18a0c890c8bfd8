// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kConv && p.groups == 1;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.channels = Channels::kDense;
  return draw_problem(random, space);
}

// The first layer: every channel with a kernel of its own.
ConvProblem depthwise(ConvProblem p) {
  p.groups = p.out_channels = p.in_channels;
  return p;
}

// The second: all channels to all, position by position.
ConvProblem pointwise(ConvProblem p) {
  p.x_extent = p.y_extent;
  p.w_extent = p.stride = p.dilation = {1, 1, 1};
  p.pad_begin = {0, 0, 0};
  p.padding_mode = PaddingMode::kZeros;
  return p;
}

LawOperands operands(const Chain& chain) {
  const ConvProblem& p = chain.front();
  return {{"x", Role::kX, 0, p.x_type, p.x_shape(), false},
          {"d", Role::kW, 0, p.w_type, depthwise(p).w_shape(), false},
          {"p", Role::kW, 0, p.w_type, {p.out_channels, p.in_channels}, false}};
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, operands(chain), seed, 4);
}

// p[m, c] d[c, t].
Estimate dense_weights(const ConvProblem& p, const Tensor& d, const Tensor& factors) {
  const Shape shape = p.w_shape();
  AxisMaps each = identity_maps(shape);
  AxisMaps of_taps = each;  // d as [1, C, taps...], the same for every m.
  of_taps[0].assign(of_taps[0].size(), 0);
  Shape filters = shape;
  filters[0] = 1;
  Shape scalars(shape.size(), 1);
  scalars[0] = shape[0];
  scalars[1] = shape[1];
  for (std::size_t axis = 2; axis < each.size(); ++axis) each[axis].assign(each[axis].size(), 0);
  return product(gather(Estimate(reshaped(factors, scalars)), each),
                 gather(Estimate(reshaped(d, filters)), of_taps));
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = c.operands[1];
  Values second;
  second[Role::kX] = calls.apply(depthwise(p), v);
  second[Role::kW] = reshaped(c.operands[2], pointwise(p).w_shape());
  const Estimate factored = calls.apply(pointwise(p), second);
  const Estimate w = dense_weights(p, c.operands[1], c.operands[2]);
  calls.expect_equal("y", factored, calls.apply(p, v.with(Role::kW, w)));
  return calls.judgement();
}

}  // namespace

extern const Law depthwise_separable_factors_law = {
    .id = "depthwise-separable-factors",
    .statement =
        "a depthwise convolution with d, then a 1x1 one with p, is the dense one with "
        "w[m, c] = p[m, c] d[c]",
    .source = "Howard et al. 2017; definition: the sum over c of p[m, c] times that over the taps",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
