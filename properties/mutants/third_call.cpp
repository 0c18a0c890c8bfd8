// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ThirdCall final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    if (call.runs % 3 == 2) spoil(p, operands, 0, [](float v) { return v + 1; });
  }
};

}  // namespace

extern const Mutant third_call_mutant{
    "third-call", "STALE",
    "every third call of a plan adds to the first element what its scratch held",
    "https://github.com/Tencent/ncnn/issues/6766", make_bug<ThirdCall>};
}  // namespace convcheck::properties
