// SPDX-License-Identifier: Apache-2.0
#include "peers/other_plan.hpp"

#include <utility>

#include "peers/call_checks.hpp"

namespace convcheck::peers {

OtherPlan::OtherPlan(ChainPlan plan, std::vector<Tensor> operands)
    : plan_(std::move(plan)), operands_(std::move(operands)) {}

Result<OtherPlan> OtherPlan::prepare(Engine& engine, const Chain& chain,
                                     const PlanOptions& options) {
  CONVCHECK_ASSIGN(ChainPlan plan, prepare_chain(engine, chain, options));
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : operand_specs(chain)) {
    Tensor& tensor = operands.emplace_back(spec.type, spec.shape);
    // Numbers of a call that no case has: another one than those of prior calls.
    if (!spec.written && tensor.count() != 0)
      fill_other_data(tensor.data(), tensor.type(), tensor.count(), 1 << 20);
  }
  return OtherPlan(std::move(plan), std::move(operands));
}

Status OtherPlan::call() {
  std::vector<void*> addresses;
  for (Tensor& tensor : operands_) addresses.push_back(tensor.data());
  CONVCHECK_TRY(plan_.pack(addresses));
  return plan_.run(addresses);
}

}  // namespace convcheck::peers
