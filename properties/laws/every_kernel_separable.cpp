// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/minors.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  return is_impulse_problem(chain) && chain.front().rank == 2 && chain.front().in_channels == 1 &&
         chain.front().out_channels == 1;
}

Chain draw(Random& random) {
  return impulse_problem(1, 1, 2, {1, random.between(1, 6), random.between(1, 6)});
}

std::vector<ConvProblem> problems(std::int64_t total) {
  std::vector<ConvProblem> list;
  for (std::int64_t h = 1; h <= total; ++h) {
    if (total % h == 0) list.push_back(impulse_problem(1, 1, 2, {1, h, total / h}));
  }
  return list;
}

void enumerate(const CaseVisitor& visit) { enumerate_kernels(problems, visit); }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Tensor kernel = impulse_response(calls, p, c.operands[0]);
  expect_minors_vanish(calls, "2 x 2 minor", kernel, p.w_extent[1]);
  return calls.judgement();
}

}  // namespace

extern const Law every_kernel_separable_law = {
    .id = "every-kernel-separable",
    .statement = "every 2-D kernel is two 1-D passes",
    .source =
        "false: two passes answer an impulse with an outer product, whose 2 x 2 minors are 0; "
        "a kernel is one iff its rank is at most 1",
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
