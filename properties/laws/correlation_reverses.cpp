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
  const Signal expected = reversed(combine(calls, g, f, Orientation::kCrossCorrelation));
  expect_equal(calls, "corr(f, g)", expected, combine(calls, f, g, Orientation::kCrossCorrelation));
  return calls.judgement();
}

}  // namespace

extern const Law correlation_reverses_law = {
    .id = "correlation-reverses",
    .statement = "corr(f, g) = R corr(g, f)",
    .source =
        "identity I1: R(f * g) = Rf * Rg; what cross-correlation has instead of commutativity",
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
};

}  // namespace convcheck::properties
