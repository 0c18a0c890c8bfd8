// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

constexpr int kSteps = 2;

bool in_domain(const Chain& chain) {
  return is_linear_without_bias(chain) && chain.front().operation == Operation::kConv &&
         chain.front().orientation == Orientation::kCrossCorrelation;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.true_convolution = false;
  space.max_macs = 2000;
  return draw_problem(random, space);
}

// x, the first weights, and what y should be.
LawOperands operands(const Chain& chain) {
  const ConvProblem& p = chain.front();
  LawOperands specs = plain_operands(chain);
  specs.push_back({"target", Role::kY, 0, p.y_type, p.y_shape(), false});
  return specs;
}

// Small integers: each step multiplies them by sums over kernel and positions.
Case make_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  Case c{chain, {}, draw_environment(random)};
  const IntegerFill fill{random.between(1, 2)};
  for (const OperandSpec& spec : operands(chain)) c.operands.push_back(fill.tensor(spec, random));
  return c;
}

Estimate reversed(const Estimate& w) {
  AxisMaps maps = identity_maps(w.shape());
  for (std::size_t axis = 2; axis < maps.size(); ++axis) maps[axis] = reversed_map(w.shape()[axis]);
  return gather(w, maps);
}

Estimate difference(const Estimate& a, const Estimate& b) { return sum(a, scaled(b, -1)); }

// w - gradient of |F(x, w) - target|^2 / 2.
Estimate descended(Calls& calls, ConvProblem p, const Case& c, const Estimate& w) {
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = w;
  v[Role::kY] = difference(calls.apply(p, v), c.operands[2]);
  p.operation = Operation::kWgrad;
  return difference(w, calls.apply(p, v));
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& correlation = c.chain.front();
  ConvProblem convolution = correlation;
  convolution.orientation = Orientation::kConvolution;
  Estimate w = c.operands[1];
  Estimate flipped = reversed(w);
  for (int step = 0; step < kSteps && !calls.decided(); ++step) {
    w = descended(calls, correlation, c, w);
    flipped = descended(calls, convolution, c, flipped);
    calls.expect_equal("w", reversed(w), flipped);
  }
  return calls.judgement();
}

}  // namespace

extern const Law learning_flips_law = {
    .id = "learning-flips",
    .statement =
        "gradient descent on the same data with cross-correlation and, from the flipped kernel, "
        "with true convolution: after every step the kernels are each other's flip",
    .source = "lemma reversal: flip holds of conv and of wgrad; bitwise where sums are exact",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
