// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kConv && p.padding_mode == PaddingMode::kZeros &&
         p.stride == Axes{1, 1, 1} && with_size_mode(p, SizeMode::kValid).has_value();
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = space.other_modes = false;
  space.max_stride = 1;
  space.bias = true;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const Values v = values_of(c);
  const ConvProblem full = *with_size_mode(c.chain.front(), SizeMode::kFull);
  const Estimate all = calls.apply(full, v);
  for (const SizeMode mode : {SizeMode::kSameUpper, SizeMode::kSameLower, SizeMode::kValid}) {
    const ConvProblem part = *with_size_mode(full, mode);
    if (element_count(part.y_shape()) == 0) continue;
    AxisMaps inside = identity_maps(part.y_shape());
    for (auto a = static_cast<std::size_t>(part.first_axis()); a < 3; ++a)
      inside[shape_axis(static_cast<int>(a), part.rank)] =
          range_map(full.pad_begin[a] - part.pad_begin[a], part.y_extent[a]);
    calls.expect_equal("y", gather(all, inside), calls.apply(part, v));
  }
  return calls.judgement();
}

}  // namespace

extern const Law windows_nest_law = {
    .id = "windows-nest",
    .statement = "valid and both same are windows of full, and valid is one of same",
    .source = "definition: the padding decides which positions there are, not what they hold",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
