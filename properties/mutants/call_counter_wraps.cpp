// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class CallCounterWraps final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    if (call.runs > 0 && call.runs % 256 == 0) spoil(p, operands, 0, [](float) { return 0.0F; });
  }
};

}  // namespace

extern const Mutant call_counter_wraps_mutant{"call-counter-wraps", "STALE",
                                              "counts the calls of a plan in 8 bits and starts "
                                              "afresh, without its first element, at the wrap",
                                              "https://github.com/google/XNNPACK/pull/10791",
                                              make_bug<CallCounterWraps>};
}  // namespace convcheck::properties
