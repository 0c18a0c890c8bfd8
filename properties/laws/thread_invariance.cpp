// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  space.max_macs = 200000;
  return draw_problem(random, space);
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  Case c = rounding_case(chain, seed);
  c.environment.threads = 2 + static_cast<int>(seed % 3);
  return c;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  if (c.environment.threads < 2) calls.not_applicable("one thread says nothing");
  const Tensor together = calls.run(p, v);
  if (!calls.outcome().claim.thread_invariant) calls.not_applicable("not claimed");
  calls.environment().threads = 1;
  calls.expect_same_bits(to_string(p.written()), calls.run(p, v), together);
  return calls.judgement();
}

}  // namespace

extern const Law thread_invariance_law = {
    .id = "thread-invariance",
    .statement = "the same bits for any number of threads, where that is claimed",
    .source = "Claim::thread_invariant",
    .draw = draw,
    .in_domain = is_single,
    .operands = plain_operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
