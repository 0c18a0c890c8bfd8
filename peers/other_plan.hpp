// SPDX-License-Identifier: Apache-2.0
// A second plan of the same chain, alive beside the one that is judged.
#pragma once

#include <vector>

#include "core/case.hpp"
#include "core/chain_plan.hpp"
#include "core/engine.hpp"

namespace convcheck::peers {

/// From so many earlier calls on, another plan packs and runs other data between the pack and the
/// run that count: what plans of one engine share shows then.
inline constexpr int kOtherPlanFromPriorCalls = 3;

class OtherPlan {
 public:
  /// As prepare_chain.
  static Result<OtherPlan> prepare(Engine&, const Chain&, const PlanOptions&);
  /// Packs and runs, on data of its own that no case has.
  Status call();

 private:
  OtherPlan(ChainPlan plan, std::vector<Tensor> operands);

  ChainPlan plan_;
  std::vector<Tensor> operands_;
};

}  // namespace convcheck::peers
