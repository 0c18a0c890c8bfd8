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
  const Signal layers = combine(calls, combine(calls, f, g, Orientation::kCrossCorrelation), h,
                                Orientation::kCrossCorrelation);
  const Signal kernel = combine(calls, g, h, Orientation::kConvolution);
  expect_equal(calls, "corr(f, g * h)", layers,
               combine(calls, f, kernel, Orientation::kCrossCorrelation));
  return calls.judgement();
}

}  // namespace

extern const Law correlation_stacks_law = {
    .id = "correlation-stacks",
    .statement = "corr(corr(f, g), h) = corr(f, g * h)",
    .source = "identity I2: two layers are one whose kernel is the convolution of theirs",
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
};

}  // namespace convcheck::properties
