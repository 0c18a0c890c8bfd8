// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DilatedAndStrided final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.stride[2] > 1) t.x[2] -= t.tap[2] * (p.dilation[2] - 1);
    return true;
  }
};

}  // namespace

extern const Mutant dilated_and_strided_mutant{
    "dilated-and-strided", "DIL", "ignores the dilation of the width where there is a stride, too",
    "https://github.com/tensorflow/tensorflow/issues/27667", make_bug<DilatedAndStrided>};
}  // namespace convcheck::properties
