// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SecondCall final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    if (call.runs > 0 && count > 0) {
      float& last = static_cast<float*>(operands.get(p.written()))[count - 1];
      last += last;
    }
  }
};

}  // namespace

extern const Mutant second_call_mutant{
    "second-call", "STALE",
    "adds to what the plan computed before: the last element is doubled from the second run on",
    "https://github.com/uxlfoundation/oneDNN/pull/2151", make_bug<SecondCall>};
}  // namespace convcheck::properties
