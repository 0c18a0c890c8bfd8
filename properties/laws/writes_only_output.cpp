// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space);
}

Judgement first_finding(const Outcome& outcome) {
  for (const Finding& finding : outcome.findings) {
    if (finding.kind == Finding::Kind::kConcurrencyMismatch) continue;
    Judgement judgement;
    judgement.kind = Judgement::Kind::kViolated;
    judgement.detail = fmt::format("{} at {} + {} bytes: {}", to_string(finding.kind),
                                   finding.operand, finding.offset_bytes, finding.detail);
    judgement.outcome = outcome;
    judgement.outcome->findings = {finding};
    return judgement;
  }
  return {};
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Tensor once = calls.run(p, v);
  calls.expect(first_finding(calls.outcome()));
  // Another poison: an element that keeps what it finds, or adds to it, shows.
  calls.environment().poison = static_cast<std::uint8_t>(~c.environment.poison & 0x3F);
  const Tensor again = calls.run(p, v);
  calls.expect(first_finding(calls.outcome()));
  calls.expect_equal(to_string(p.written()), once, again);
  return calls.judgement();
}

}  // namespace

extern const Law writes_only_output_law = {
    .id = "writes-only-output",
    .statement = "a call writes its whole output and nothing else, whatever stood there before",
    .source = "contract of Plan::run",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
