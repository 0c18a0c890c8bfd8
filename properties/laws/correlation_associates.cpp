// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from(
      [](Random& random) { return draw_triple(random, Orientation::kCrossCorrelation); });
}

bool in_domain(const Chain& chain) { return is_triple(chain, Orientation::kCrossCorrelation); }

void enumerate(const CaseVisitor& visit) {
  enumerate_triples(Orientation::kCrossCorrelation, visit);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const auto [f, g, h] = triple_of(c);
  const Signal left = combine(calls, combine(calls, f, g, Orientation::kCrossCorrelation), h,
                              Orientation::kCrossCorrelation);
  const Signal right = combine(calls, f, combine(calls, g, h, Orientation::kCrossCorrelation),
                               Orientation::kCrossCorrelation);
  expect_equal(calls, "corr(f, corr(g, h))", left, right);
  return calls.judgement();
}

}  // namespace

extern const Law correlation_associates_law = {
    .id = "correlation-associates",
    .statement = "corr(corr(f, g), h) = corr(f, corr(g, h))",
    .source = "false: f * Rg * Rh against f * Rg * h: they agree only if h = Rh",
    .expected = Truth::kFalse,
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
    .counterexample = "in = [1], w0 = [1], w1 = [0, 1]",
};

}  // namespace convcheck::properties
