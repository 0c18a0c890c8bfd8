// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from(
      [](Random& random) { return draw_pair(random, Orientation::kCrossCorrelation); });
}

bool in_domain(const Chain& chain) { return is_pair(chain, Orientation::kCrossCorrelation); }

void enumerate(const CaseVisitor& visit) { enumerate_pairs(Orientation::kCrossCorrelation, visit); }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const auto [f, g] = pair_of(c);
  const Signal fg = combine(calls, f, g, Orientation::kCrossCorrelation);
  const Signal gf = combine(calls, g, f, Orientation::kCrossCorrelation);
  expect_equal(calls, "corr(g, f)", fg, gf);
  return calls.judgement();
}

}  // namespace

extern const Law correlation_commutes_law = {
    .id = "correlation-commutes",
    .statement = "corr(f, g) = corr(g, f)",
    .source =
        "false: corr(f, g) = f * Rg, and g * Rf = R(f * Rg): they agree only where it is even",
    .expected = Truth::kFalse,
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
    .counterexample = "x = [1], w = [0, 1]",
};

}  // namespace convcheck::properties
