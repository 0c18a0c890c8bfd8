// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "core/fill.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  return draw_problem(random, space);
}

bool in_domain(const Chain& chain) {
  return is_linear_without_bias(chain) && chain.front().operation == Operation::kConv;
}

ConvProblem as(ConvProblem p, Operation operation) {
  p.operation = operation;
  return p;
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  Case c{chain, {}, draw_environment(random)};
  std::int64_t largest = 0;
  for (const Operation operation : {Operation::kConv, Operation::kDeconv, Operation::kWgrad}) {
    const std::int64_t bound = exact_integer_bound(Chain(as(chain.front(), operation)));
    largest = largest == 0 ? bound : std::min(largest, bound);
  }
  const IntegerFill fill = IntegerFill::draw(random, largest);
  for (const OperandSpec& spec : operand_specs(chain))
    c.operands.push_back(fill.tensor(spec, random));
  return c;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = c.operands[1];
  v[Role::kY] = c.operands[2];
  struct Form {
    std::string name;
    Estimate value;
  };
  std::vector<Form> forms;
  std::string declined;
  for (const Operation operation : {Operation::kConv, Operation::kDeconv, Operation::kWgrad}) {
    const ConvProblem q = as(p, operation);
    if (const Status supported = runner.supports(q); !supported) {
      declined = supported.error().message;
      continue;
    }
    const Estimate written = calls.apply(q, v);
    forms.push_back({fmt::format("<{}, {}>", to_string(operation), to_string(q.written())),
                     inner_product(written, v[q.written()])});
  }
  if (forms.size() < 2) calls.not_applicable("fewer than two of the three operations: " + declined);
  for (std::size_t i = 1; i < forms.size(); ++i)
    calls.expect_equal(forms[i].name, forms[0].value, forms[i].value);
  return calls.judgement();
}

}  // namespace

extern const Law adjointness_law = {
    .id = "adjointness",
    .statement = "<conv(x, w), y> = <x, deconv(y, w)> = <w, wgrad(x, y)>",
    .source = "the three operations are the partial derivatives of one trilinear form",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = operand_specs,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
