// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from([](Random& random) { return draw_pair(random, Orientation::kConvolution); });
}

bool in_domain(const Chain& chain) { return is_pair(chain, Orientation::kConvolution); }

void enumerate(const CaseVisitor& visit) { enumerate_pairs(Orientation::kConvolution, visit); }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const auto [f, g] = pair_of(c);
  const Signal fg = combine(calls, f, g, Orientation::kConvolution);
  const Signal gf = combine(calls, g, f, Orientation::kConvolution);
  expect_equal(calls, "g * f", fg, gf);
  return calls.judgement();
}

}  // namespace

extern const Law convolution_commutes_law = {
    .id = "convolution-commutes",
    .statement = "f * g = g * f",
    .source = "f*g[n] = sum f[k] g[n-k]; substitute k -> n-k",
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
};

}  // namespace convcheck::properties
