// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  space.other_modes = false;
  return draw_problem(random, space);
}

// `t` behind `count` zeros along every axis of space.
Estimate moved(const Estimate& t, const ConvProblem& p, const Axes& count) {
  AxisMaps maps = identity_maps(t.shape());
  for (int axis = p.first_axis(); axis < kMaxRank; ++axis) {
    AxisMap& map = maps[shape_axis(axis, p.rank)];
    map.insert(map.begin(), static_cast<std::size_t>(count[static_cast<std::size_t>(axis)]), -1);
  }
  return gather(t, maps);
}

// What lies behind the first `count` elements along every axis of space.
Estimate moved_back(const Estimate& t, const ConvProblem& p, const Axes& count) {
  AxisMaps maps = identity_maps(t.shape());
  for (int axis = p.first_axis(); axis < kMaxRank; ++axis) {
    AxisMap& map = maps[shape_axis(axis, p.rank)];
    map.erase(map.begin(), map.begin() + count[static_cast<std::size_t>(axis)]);
  }
  return gather(t, maps);
}

bool in_domain(const Chain& chain) {
  return is_linear(chain) && chain.front().padding_mode == PaddingMode::kZeros;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  Axes y_shift{0, 0, 0};
  Axes x_shift{0, 0, 0};
  ConvProblem larger = p;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    y_shift[a] = 1;
    x_shift[a] = p.stride[a];
    larger.y_extent[a] += y_shift[a];
    larger.x_extent[a] += x_shift[a];
  }
  Values shifted = v;
  if (p.written() != Role::kX) shifted[Role::kX] = moved(v[Role::kX], p, x_shift);
  if (p.written() != Role::kY) shifted[Role::kY] = moved(v[Role::kY], p, y_shift);
  Estimate found = calls.apply(larger, shifted);
  if (p.written() == Role::kX) found = moved_back(found, p, x_shift);
  if (p.written() == Role::kY) found = moved_back(found, p, y_shift);
  calls.expect_equal(to_string(p.written()), calls.apply(p, v), found);
  return calls.judgement();
}

}  // namespace

extern const Law shift_equivariance_law = {
    .id = "shift-equivariance",
    .statement = "x moved by s, y moved by 1: F commutes with shifts by multiples of the stride",
    .source = "definition: o*s + t*d - p is the same for (x index + s, o + 1); zeros outside x",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
