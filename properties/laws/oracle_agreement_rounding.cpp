// SPDX-License-Identifier: Apache-2.0
#include "properties/bounds.hpp"
#include "properties/calls.hpp"
#include "properties/compare.hpp"
#include "properties/generators.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space);
}

Judgement within(const Tensor& found, const reference::OracleResult& oracle,
                 const OutputBounds& bounds, std::string_view operand) {
  Judgement judgement;
  if (std::optional<Discrepancy> first = first_violation(found, oracle, bounds, operand)) {
    judgement.kind = Judgement::Kind::kViolated;
    judgement.detail = describe(*first, found.count()) + ", bound " + bounds.formula;
    judgement.discrepancy = std::move(first);
    return judgement;
  }
  const AccuracyStats stats = accuracy(found, oracle, bounds);
  if (stats.outputs == 0) judgement.kind = Judgement::Kind::kVacuous;
  judgement.bound_used = stats.max_bound_used;
  return judgement;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const auto oracle = reference::solve(p, c.operands);
  if (!oracle) calls.not_applicable(oracle.error().message);
  const Tensor found = calls.run(c.chain, c.operands);
  if (calls.decided()) return calls.judgement();
  const auto bounds =
      output_bounds(calls.outcome().claim, calls.outcome().algorithm, p, c.operands, *oracle);
  if (!bounds)
    calls.not_applicable(bounds.error().message);
  else
    calls.expect(within(found, *oracle, *bounds, to_string(p.written())));
  return calls.judgement();
}

}  // namespace

extern const Law oracle_agreement_rounding_law = {
    .id = "oracle-agreement-rounding",
    .statement = "every output is as near to the exact result as the plan's claim says",
    .source = "Jeannerod and Rump 2013; Higham 2002, 4.2; the plan's own claim",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = rounding_case,
    .holds = holds,
};

}  // namespace convcheck::properties
