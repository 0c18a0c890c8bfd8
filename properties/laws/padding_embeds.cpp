// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear(chain)) return false;
  const ConvProblem& p = chain.front();
  return !(p.operation == Operation::kDeconv && p.has_bias) && element_count(p.y_shape()) > 0 &&
         (p.pad_begin != Axes{0, 0, 0} || p.pad_end() != Axes{0, 0, 0});
}

Chain draw(Random& random) {
  ProblemSpace space;
  return draw_problem(random, space, in_domain);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  ConvProblem bare = p;
  bare.pad_begin = {0, 0, 0};
  bare.padding_mode = PaddingMode::kZeros;
  AxisMaps embed = identity_maps(p.x_shape());
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    bare.x_extent[a] = (p.y_extent[a] - 1) * p.stride[a] + p.effective_kernel()[a];
    AxisMap& map = embed[shape_axis(static_cast<int>(a), p.rank)];
    map.clear();
    for (std::int64_t i = 0; i < bare.x_extent[a]; ++i)
      map.push_back(padded_index(i - p.pad_begin[a], p.x_extent[a], p.padding_mode));
  }
  const Estimate found = calls.apply(p, v);
  Estimate expected = zeros_like(found);
  if (p.operation == Operation::kDeconv)
    scatter_add(calls.apply(bare, v), embed, expected);
  else
    expected = calls.apply(bare, v.with(Role::kX, gather(v[Role::kX], embed)));
  calls.expect_equal(to_string(p.written()), expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law padding_embeds_law = {
    .id = "padding-embeds",
    .statement = "padding: the same without padding, on x embedded in what the mode puts around it",
    .source = "definition of the padding modes; for deconv the adjoint, which folds back",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
