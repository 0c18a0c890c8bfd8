// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/minors.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) { return is_impulse_problem(chain) && chain.front().rank == 1; }

Chain draw(Random& random) {
  return impulse_problem(random.between(1, 4), random.between(1, 3), 1,
                         {1, 1, random.between(1, 4)});
}

// [M, C, k] in lexicographic order.
std::vector<ConvProblem> problems(std::int64_t total) {
  std::vector<ConvProblem> list;
  for (std::int64_t m = 1; m <= total; ++m) {
    for (std::int64_t c = 1; m * c <= total; ++c) {
      if (total % (m * c) == 0) list.push_back(impulse_problem(m, c, 1, {1, 1, total / m / c}));
    }
  }
  return list;
}

void enumerate(const CaseVisitor& visit) { enumerate_kernels(problems, visit); }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Tensor kernel = impulse_response(calls, p, c.operands[0]);
  for (std::int64_t in = 0; in < p.in_channels; ++in)
    expect_minors_vanish(calls, "2 x 2 minor of w[:, c, :]", slice(kernel, 0, in, 1).tensor(),
                         p.out_channels);
  return calls.judgement();
}

}  // namespace

extern const Law every_layer_depthwise_separable_law = {
    .id = "every-layer-depthwise-separable",
    .statement = "every layer is a depthwise convolution followed by a 1x1 one",
    .source =
        "false: w[m, c, t] = p[m, c] d[c, t], so for each c the matrix w[:, c, :] has rank at "
        "most 1 (q with q depthwise filters a channel)",
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
