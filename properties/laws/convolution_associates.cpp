// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from([](Random& random) { return draw_triple(random, Orientation::kConvolution); });
}

bool in_domain(const Chain& chain) { return is_triple(chain, Orientation::kConvolution); }

void enumerate(const CaseVisitor& visit) { enumerate_triples(Orientation::kConvolution, visit); }

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const auto [f, g, h] = triple_of(c);
  const Signal left =
      combine(calls, combine(calls, f, g, Orientation::kConvolution), h, Orientation::kConvolution);
  const Signal right =
      combine(calls, f, combine(calls, g, h, Orientation::kConvolution), Orientation::kConvolution);
  expect_equal(calls, "f * (g * h)", left, right);
  return calls.judgement();
}

}  // namespace

extern const Law convolution_associates_law = {
    .id = "convolution-associates",
    .statement = "(f * g) * h = f * (g * h)",
    .source = "double sum over k and l; or polynomials multiply associatively",
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = signal_case,
    .holds = holds,
    .enumerate = enumerate,
};

}  // namespace convcheck::properties
