// SPDX-License-Identifier: Apache-2.0
#include "properties/axis_passes.hpp"

#include <utility>

namespace convcheck::properties {

ConvProblem before_passes(const ConvProblem& p) {
  ConvProblem pass = p;
  pass.w_extent = pass.stride = pass.dilation = {1, 1, 1};
  pass.pad_begin = {0, 0, 0};
  pass.y_extent = pass.x_extent;
  return pass;
}

AxisPasses pass_along_axes(Calls& calls, const ConvProblem& p, ConvProblem pass, Estimate x,
                           Estimate kernel, const Tensor* vectors) {
  AxisPasses passes{std::move(x), std::move(kernel)};
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const Tensor& u = *vectors++;
    passes.kernel = passes.kernel.count() == 0 ? Estimate(u) : outer_product(passes.kernel, u);
    ConvProblem one = pass;
    one.w_extent[a] = p.w_extent[a];
    one.stride[a] = p.stride[a];
    one.dilation[a] = p.dilation[a];
    one.pad_begin[a] = p.pad_begin[a];
    one.y_extent[a] = p.y_extent[a];
    Values v;
    v[Role::kX] = passes.output;
    v[Role::kW] = reshaped(u, one.w_shape());
    passes.output = calls.apply(one, v);
    pass.x_extent[a] = pass.y_extent[a] = p.y_extent[a];
  }
  return passes;
}

}  // namespace convcheck::properties
