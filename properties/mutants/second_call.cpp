// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SecondCall final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    if (call.runs > 0) spoil(p, operands, -1, [](float v) { return v + v; });
  }
};

}  // namespace

extern const Mutant second_call_mutant{
    "second-call", "STALE",
    "adds to what the plan computed before: the last element is doubled from the second run on",
    "https://github.com/uxlfoundation/oneDNN/pull/2151", make_bug<SecondCall>};
}  // namespace convcheck::properties
