// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.conv = space.wgrad = false;
  space.other_modes = false;
  space.bias = true;
  return draw_problem(random, space);
}

bool in_domain(const Chain& chain) {
  if (!is_linear(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kDeconv && p.padding_mode == PaddingMode::kZeros &&
         element_count(p.y_shape()) > 0;
}

// [M, C/G, taps] to [C, M/G, taps], group by group.
Tensor transposed(const ConvProblem& p, const Tensor& w, Shape shape) {
  Tensor result(w.type(), std::move(shape));
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  const std::int64_t taps = p.w_extent[0] * p.w_extent[1] * p.w_extent[2];
  for (std::int64_t m = 0; m < p.out_channels; ++m) {
    for (std::int64_t c = 0; c < in; ++c) {
      for (std::int64_t t = 0; t < taps; ++t) {
        const std::int64_t to = (m / out * in + c) * out + m % out;
        result.set_value(to * taps + t, w.value((m * in + c) * taps + t));
      }
    }
  }
  return result;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  ConvProblem conv = p;
  conv.operation = Operation::kConv;
  std::swap(conv.in_channels, conv.out_channels);
  std::swap(conv.x_type, conv.y_type);
  conv.y_extent = p.x_extent;
  conv.stride = {1, 1, 1};
  conv.orientation = p.orientation == Orientation::kConvolution ? Orientation::kCrossCorrelation
                                                                : Orientation::kConvolution;
  AxisMaps insert = identity_maps(p.y_shape());
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    conv.x_extent[a] = (p.y_extent[a] - 1) * p.stride[a] + 1;
    conv.pad_begin[a] = p.effective_kernel()[a] - 1 - p.pad_begin[a];
    insert[shape_axis(static_cast<int>(a), p.rank)] = inserted_map(p.y_extent[a], p.stride[a]);
  }
  Values u = v.with(Role::kX, gather(v[Role::kY], insert));
  u[Role::kW] = transposed(p, v[Role::kW].tensor(), conv.w_shape());
  calls.expect_equal("x", calls.apply(conv, u), calls.apply(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law deconv_is_convolution_law = {
    .id = "deconv-is-convolution",
    .statement =
        "a transposed convolution is a convolution of y with zeros between, and the kernel flipped",
    .source = "Dumoulin and Visin 2016, 4; i = o*s + t*d - p solved for o",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
