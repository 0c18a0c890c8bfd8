// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <limits>

#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  return draw_problem(random, space);
}

// Exact integers, some of the data NaN or infinite. Weights stay finite, so that a padded tap may
// be left out or multiplied by the zero that stands there.
Case make_case(const Chain& chain, std::uint64_t seed) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::array<double, 3> kValues = {std::numeric_limits<double>::quiet_NaN(), kInfinity,
                                             -kInfinity};
  Case c = exact_case(chain, seed);
  Random random(seed + 1);
  const Role data = chain.front().data_input();
  const LawOperands specs = plain_operands(chain);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    Tensor& t = c.operands[i];
    if (specs[i].role != data || t.count() == 0) continue;
    for (std::int64_t more = 1 + t.count() / 32; more > 0; --more)
      t.set_value(random.below(t.count()), kValues[static_cast<std::size_t>(random.below(3))]);
  }
  return c;
}

Tensor finite_part(const Tensor& t) {
  Tensor result = t;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    if (!std::isfinite(t.value(i))) result.set_value(i, 0);
  }
  return result;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Role data = p.data_input();
  const Values v = values_of(c);
  if (!sums_exactly(p, v.with(data, finite_part(v[data].tensor()))))
    calls.not_applicable("the finite data do not add up exactly");
  const auto oracle = reference::solve(p, c.operands);
  if (!oracle) calls.not_applicable(oracle.error().message);
  const Tensor found = calls.run(p, v);
  const AlgorithmClass algorithm = calls.outcome().claim.algorithm;
  if (algorithm != AlgorithmClass::kExact && algorithm != AlgorithmClass::kDirect)
    calls.not_applicable(fmt::format("class {} does not promise it", to_string(algorithm)));
  if (oracle) calls.expect_equal(to_string(p.written()), oracle->value, found);
  return calls.judgement();
}

}  // namespace

extern const Law nonfinite_propagates_law = {
    .id = "nonfinite-propagates",
    .statement =
        "a NaN or Inf in the data reaches the outputs whose windows hold it, and no other; "
        "Inf * 0 is NaN",
    .source = "IEEE 754; definition: every tap inside x is a term",
    .level = Level::kRecommended,
    .draw = draw,
    .in_domain = is_linear,
    .operands = plain_operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
