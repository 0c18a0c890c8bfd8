// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/minors.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  return is_impulse_problem(chain) && chain.front().rank == 2 && chain.front().out_channels == 1;
}

Chain draw(Random& random) {
  return impulse_problem(1, random.between(1, 3), 2,
                         {1, random.between(1, 4), random.between(1, 4)});
}

// [C, kh, kw] in lexicographic order.
std::vector<ConvProblem> problems(std::int64_t total) {
  std::vector<ConvProblem> list;
  for (std::int64_t c = 1; c <= total; ++c) {
    for (std::int64_t h = 1; c * h <= total; ++h) {
      if (total % (c * h) == 0) list.push_back(impulse_problem(1, c, 2, {1, h, total / c / h}));
    }
  }
  return list;
}

void enumerate(const CaseVisitor& visit) { enumerate_kernels(problems, visit); }

// t as [axis, the others].
Tensor unfolded(const Tensor& t, std::size_t axis) {
  std::vector<double> values;
  const Shape& shape = t.shape();
  for (std::int64_t at = 0; at < shape[axis]; ++at) {
    for (std::int64_t i = 0; i < t.count(); ++i) {
      if (position_of(i, shape)[axis] == at) values.push_back(t.value(i));
    }
  }
  Tensor result(t.type(), {shape[axis], t.count() / shape[axis]});
  for (std::size_t i = 0; i < values.size(); ++i)
    result.set_value(static_cast<std::int64_t>(i), values[i]);
  return result;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Tensor filter = reshaped(impulse_response(calls, p, c.operands[0]),
                                 {p.in_channels, p.w_extent[1], p.w_extent[2]});
  for (std::size_t axis = 0; axis < 3; ++axis)
    expect_minors_vanish(calls, "2 x 2 minor", unfolded(filter, axis), filter.shape()[axis]);
  return calls.judgement();
}

}  // namespace

extern const Law every_filter_flattened_law = {
    .id = "every-filter-flattened",
    .statement = "every 3-D filter is a 1-D one across channels, one down and one along",
    .source =
        "false: three passes answer impulses with an outer product of three vectors, all of "
        "whose unfoldings have rank at most 1",
    .expected = Truth::kFalse,
    .draw = draw,
    .in_domain = in_domain,
    .operands = kernel_operand,
    .make_case = kernel_case,
    .holds = holds,
    .enumerate = enumerate,
    .counterexample = "w = [0, 1, 1, 0]",
};

}  // namespace convcheck::properties
