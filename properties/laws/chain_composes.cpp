// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (chain.problems().size() < 2) return false;
  for (const ConvProblem& p : chain.problems()) {
    if (!is_linear(p)) return false;
  }
  return true;
}

// Channel g*(C/G) + j moves to j*G + g.
Estimate shuffled(const Estimate& t, std::int64_t groups) {
  AxisMaps maps = identity_maps(t.shape());
  const std::int64_t per_group = t.shape()[1] / groups;
  for (std::int64_t c = 0; c < t.shape()[1]; ++c)
    maps[1][static_cast<std::size_t>(c)] = c % groups * per_group + c / groups;
  return gather(t, maps);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const LawOperands specs = plain_operands(c.chain);
  Estimate travelling = c.operands.front();
  for (std::size_t step = 0; step < c.chain.steps.size(); ++step) {
    if (const auto* shuffle = std::get_if<Shuffle>(&c.chain.steps[step])) {
      travelling = shuffled(travelling, shuffle->groups);
      continue;
    }
    const auto& p = std::get<ConvProblem>(c.chain.steps[step]);
    Values v;
    for (std::size_t i = 1; i < specs.size(); ++i) {
      if (specs[i].step == static_cast<int>(step)) v[specs[i].role] = c.operands[i];
    }
    v[p.data_input()] = travelling;
    travelling = calls.apply(p, v);
  }
  calls.expect_equal("out", travelling, calls.run(c.chain, c.operands));
  return calls.judgement();
}

}  // namespace

extern const Law chain_composes_law = {
    .id = "chain-composes",
    .statement = "a chain is its steps, one after the other",
    .source = "design: intermediate results are rounded to the type that a step writes",
    .draw = draw_chain,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
