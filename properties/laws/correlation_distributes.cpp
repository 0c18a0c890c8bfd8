// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/signal.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from(
      [](Random& random) { return draw_pair(random, Orientation::kCrossCorrelation); });
}

bool in_domain(const Chain& chain) { return is_pair(chain, Orientation::kCrossCorrelation); }

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
  const Signal right = total(combine(calls, f, g, Orientation::kCrossCorrelation),
                             combine(calls, f, h, Orientation::kCrossCorrelation));
  expect_equal(calls, "corr(f, g + h)", right,
               combine(calls, f, both, Orientation::kCrossCorrelation));
  const Signal left = total(combine(calls, g, f, Orientation::kCrossCorrelation),
                            combine(calls, h, f, Orientation::kCrossCorrelation));
  expect_equal(calls, "corr(f, g + h) with f last", left,
               combine(calls, both, f, Orientation::kCrossCorrelation));
  return calls.judgement();
}

}  // namespace

extern const Law correlation_distributes_law = {
    .id = "correlation-distributes",
    .statement = "corr(f, g + h) = corr(f, g) + corr(f, h), and so on the left",
    .source = "bilinearity",
    .chains = chains,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
