// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  return is_linear(chain) && chain.front().dilation != Axes{1, 1, 1};
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  ConvProblem dense = p;
  dense.dilation = {1, 1, 1};
  dense.w_extent = p.effective_kernel();
  AxisMaps insert = identity_maps(p.w_shape());
  AxisMaps take = insert;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::size_t axis = shape_axis(static_cast<int>(a), p.rank);
    insert[axis] = inserted_map(p.w_extent[a], p.dilation[a]);
    take[axis] = strided_map(p.w_extent[a], p.dilation[a]);
  }
  Estimate expected;
  if (p.operation == Operation::kWgrad)
    expected = gather(calls.apply(dense, v), take);
  else
    expected = calls.apply(dense, v.with(Role::kW, gather(v[Role::kW], insert)));
  calls.expect_equal(to_string(p.written()), expected, calls.apply(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law dilation_inserts_zeros_law = {
    .id = "dilation-inserts-zeros",
    .statement = "dilation d: d-1 zeros between the taps of w",
    .source = "Yu and Koltun 2016; definition: o*s + t*d - p",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
