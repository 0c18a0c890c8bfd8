// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneDilationForBoth final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank < 2 || p.dilation[1] == p.dilation[2]) return true;
    t.x[2] = t.y[2] * p.stride[2] + t.tap[2] * p.dilation[1] - p.pad_begin[2];
    return true;
  }
};

}  // namespace

extern const Mutant one_dilation_for_both_mutant{
    "one-dilation-for-both", "DIL", "uses the dilation of the height for the width as well",
    "https://github.com/openvinotoolkit/openvino/pull/11940", make_bug<OneDilationForBoth>};
}  // namespace convcheck::properties
