// SPDX-License-Identifier: Apache-2.0
#include "properties/axis_passes.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kConv && p.rank > 1 && p.groups == 1 && p.in_channels == 1 &&
         p.out_channels == 1;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.channels = Channels::kDense;
  for (;;) {
    ConvProblem p = draw_problem(random, space);
    p.in_channels = p.out_channels = 1;
    if (in_domain(p)) return p;
  }
}

// x, and one vector for each axis.
LawOperands operands(const Chain& chain) {
  const ConvProblem& p = chain.front();
  LawOperands specs = {{"x", Role::kX, 0, p.x_type, p.x_shape(), false}};
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    specs.push_back(
        {fmt::format("u{}", kAxisLetters[a]), Role::kW, 0, p.w_type, {p.w_extent[a]}, false});
  return specs;
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  return exact_case_of(chain, operands(chain), seed, 4);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const AxisPasses passes =
      pass_along_axes(calls, p, before_passes(p), c.operands[0], {}, &c.operands[1]);
  Values whole;
  whole[Role::kX] = c.operands[0];
  whole[Role::kW] = reshaped(passes.kernel, p.w_shape());
  calls.expect_equal("y", passes.output, calls.apply(p, whole));
  return calls.judgement();
}

}  // namespace

extern const Law separable_passes_law = {
    .id = "separable-passes",
    .statement =
        "a kernel that is an outer product of vectors is one pass along each axis, in every "
        "padding "
        "mode, with stride and dilation",
    .source = "definition: the sums over the axes' taps are taken one after the other",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
