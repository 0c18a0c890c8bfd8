// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  return is_linear(chain) && chain.front().stride != Axes{1, 1, 1} &&
         element_count(chain.front().y_shape()) > 0;
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
  dense.stride = {1, 1, 1};
  AxisMaps insert = identity_maps(p.y_shape());
  AxisMaps take = insert;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::size_t axis = shape_axis(static_cast<int>(a), p.rank);
    dense.y_extent[a] = (p.y_extent[a] - 1) * p.stride[a] + 1;
    insert[axis] = inserted_map(p.y_extent[a], p.stride[a]);
    take[axis] = strided_map(p.y_extent[a], p.stride[a]);
  }
  Estimate expected;
  if (p.operation == Operation::kConv)
    expected = gather(calls.apply(dense, v), take);
  else
    expected = calls.apply(dense, v.with(Role::kY, gather(v[Role::kY], insert)));
  calls.expect_equal(to_string(p.written()), expected, calls.apply(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law stride_decimates_law = {
    .id = "stride-decimates",
    .statement =
        "stride s: every s-th output of stride 1; zeros between the elements of a y that is read",
    .source = "definition: o*s + t*d - p",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
