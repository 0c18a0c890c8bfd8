// SPDX-License-Identifier: Apache-2.0
#include "reference/oracle.hpp"

#include <cstring>
#include <utility>

#include "reference/solve_with_faults.hpp"
#include "reference/solver.hpp"

namespace convcheck::reference {
namespace {

Status check_operands(const Chain& chain, const std::vector<Tensor>& operands,
                      const OracleOptions& options) {
  CONVCHECK_TRY(validate(chain));
  if (options.threads < 1)
    return fail(ErrorCode::kBadInput, "threads is {}; it is at least 1", options.threads);
  std::size_t given = 0;
  for (const OperandSpec& spec : operand_specs(chain)) {
    if (spec.written) continue;
    if (given == operands.size())
      return fail(ErrorCode::kBadInput, "operand {} is missing; {} were given", spec.name, given);
    const Tensor& tensor = operands[given++];
    if (tensor.type() != spec.type || tensor.shape() != spec.shape)
      return fail(ErrorCode::kBadInput, "operand {} is {} {}; the problem needs {} {}", spec.name,
                  to_string(tensor.type()), convcheck::to_string(tensor.shape()),
                  to_string(spec.type), convcheck::to_string(spec.shape));
  }
  if (given != operands.size())
    return fail(ErrorCode::kBadInput, "{} operands were given; the problem reads {}",
                operands.size(), given);
  return {};
}

// The operands that a problem reads; absent ones are null.
struct Inputs {
  const Tensor* x = nullptr;
  const Tensor* w = nullptr;
  const Tensor* bias = nullptr;
  const Tensor* y = nullptr;
};

Inputs inputs_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  Inputs inputs;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    const Tensor* tensor = &operands[next++];
    (spec.role == Role::kX   ? inputs.x
     : spec.role == Role::kW ? inputs.w
     : spec.role == Role::kY ? inputs.y
                             : inputs.bias) = tensor;
  }
  return inputs;
}

const void* address(const Tensor* tensor) { return tensor == nullptr ? nullptr : tensor->data(); }

OracleResult run(Solver& solver, const ConvProblem& p, const Inputs& inputs) {
  OracleResult result;
  result.value = Tensor(p.type(p.written()), p.shape(p.written()));
  const auto count = static_cast<std::size_t>(result.value.count());
  result.sum_abs.resize(count);
  result.tier.resize(count);
  result.terms = solver.terms();
  solver.run({address(inputs.x), address(inputs.w), address(inputs.bias), address(inputs.y)},
             {result.value.data(), result.sum_abs.data(), result.tier.data()});
  return result;
}

Tensor shuffle(const Tensor& from, std::int64_t groups) {
  Tensor to(from.type(), from.shape());
  const Shape& shape = from.shape();
  const std::int64_t channels = shape[1];
  if (from.count() == 0) return to;
  const std::size_t block = from.size_bytes() / static_cast<std::size_t>(shape[0] * channels);
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t per_group = channels / groups;
      const std::int64_t target = c % per_group * groups + c / per_group;
      std::memcpy(to.data() + static_cast<std::size_t>(n * channels + target) * block,
                  from.data() + static_cast<std::size_t>(n * channels + c) * block, block);
    }
  return to;
}

}  // namespace

const char* to_string(Tier tier) {
  switch (tier) {
    case Tier::kNonFinite:
      return "non-finite";
    case Tier::kExactSum:
      return "exact-sum";
    case Tier::kInterval:
      return "interval";
    case Tier::kTwoBins:
      return "two-bins";
    case Tier::kInteger:
      return "integer";
  }
  return "?";
}

Result<OracleResult> solve_with_faults(const ConvProblem& p, const std::vector<Tensor>& operands,
                                       const OracleOptions& options, const Faults& faults) {
  CONVCHECK_TRY(check_operands(Chain(p), operands, options));
  if (faults.probe_environment) CONVCHECK_TRY(check_floating_point());
  CONVCHECK_TRY(check_supported(p));
  Solver solver(p, options.threads, faults);
  return run(solver, p, inputs_of(p, operands));
}

Result<OracleResult> solve(const ConvProblem& problem, const std::vector<Tensor>& operands,
                           const OracleOptions& options) {
  return solve_with_faults(problem, operands, options, Faults{});
}

Result<ChainResult> solve_chain(const Chain& chain, const std::vector<Tensor>& operands,
                                const OracleOptions& options) {
  CONVCHECK_TRY(check_operands(chain, operands, options));
  CONVCHECK_TRY(check_floating_point());
  ChainResult result;
  if (chain.is_single()) {
    CONVCHECK_ASSIGN(result.last, solve(chain.front(), operands, options));
    result.steps.push_back(result.last);
    return result;
  }
  Tensor travelling = operands[0];
  std::size_t next = 1;
  for (std::size_t i = 0; i < chain.steps.size(); ++i) {
    if (const auto* step = std::get_if<Shuffle>(&chain.steps[i])) {
      travelling = shuffle(travelling, step->groups);
      continue;
    }
    const auto& p = std::get<ConvProblem>(chain.steps[i]);
    if (Status status = check_supported(p); !status)
      return fail(status.error().code, "chain step {}: {}", i + 1, status.error().message);
    Solver solver(p, options.threads);
    Inputs inputs;
    (p.operation == Operation::kDeconv ? inputs.y : inputs.x) = &travelling;
    inputs.w = &operands[next++];
    if (p.has_bias) inputs.bias = &operands[next++];
    result.steps.push_back(run(solver, p, inputs));
    travelling = result.steps.back().value;
  }
  result.last = result.steps.back();
  return result;
}

}  // namespace convcheck::reference
