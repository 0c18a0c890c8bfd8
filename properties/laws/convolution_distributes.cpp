// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from([](Random& random) { return draw_pair(random, Orientation::kConvolution); });
}

bool in_domain(const Chain& chain) { return is_pair(chain, Orientation::kConvolution); }

LawOperands operands(const Chain& chain) { return with_twin(chain, Role::kW); }

Case make_case(const Chain& chain, std::uint64_t seed) {
  return signal_case_of(chain, operands(chain), seed);
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const auto [f, g] = pair_of(c);
  const Signal h = as_signal(c.operands[2]);
  const Signal both = {0, sum(g.values, h.values)};
  const auto total = [&](const Signal& a, const Signal& b) {
    return Signal{a.offset, sum(a.values, b.values)};
  };
  const Signal right = total(combine(calls, f, g, Orientation::kConvolution),
                             combine(calls, f, h, Orientation::kConvolution));
  expect_equal(calls, "f * (g + h)", right, combine(calls, f, both, Orientation::kConvolution));
  const Signal left = total(combine(calls, g, f, Orientation::kConvolution),
                            combine(calls, h, f, Orientation::kConvolution));
  expect_equal(calls, "f * (g + h) with f last", left,
               combine(calls, both, f, Orientation::kConvolution));
  return calls.judgement();
}

}  // namespace

extern const Law convolution_distributes_law = {
    .id = "convolution-distributes",
    .statement = "f * (g + h) = f * g + f * h and (g + h) * f = g * f + h * f",
    .source = "bilinearity",
    .chains = chains,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
