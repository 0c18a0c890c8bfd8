// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  ConvProblem p = draw_problem(random, space);
  p.orientation = Orientation::kConvolution;
  return p;
}

Estimate reversed(const Estimate& w) {
  AxisMaps maps = identity_maps(w.shape());
  for (std::size_t axis = 2; axis < maps.size(); ++axis) maps[axis] = reversed_map(w.shape()[axis]);
  return gather(w, maps);
}

bool in_domain(const Chain& chain) {
  return is_linear(chain) && chain.front().orientation == Orientation::kConvolution;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  ConvProblem correlation = p;
  correlation.orientation = Orientation::kCrossCorrelation;
  Estimate expected;
  if (p.operation == Operation::kWgrad)
    expected = reversed(calls.apply(correlation, v));
  else
    expected = calls.apply(correlation, v.with(Role::kW, reversed(v[Role::kW])));
  calls.expect_equal(to_string(p.written()), expected, calls.apply(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law flip_law = {
    .id = "flip",
    .statement = "true convolution with w = cross-correlation with w reversed along every axis",
    .source = "definition: tap t meets w[k-1-t] instead of w[t]; for wgrad the result is reversed",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
