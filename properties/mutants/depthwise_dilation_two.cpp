// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DepthwiseDilationTwo final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& /*t*/) const override {
    return !is_depthwise(p) || p.dilation[2] != 2 || p.w_extent[2] != 3;
  }
};

}  // namespace

extern const Mutant depthwise_dilation_two_mutant{
    "depthwise-dilation-two", "DIL", "depthwise 3x3, dilation 2: computes nothing but the bias",
    "https://github.com/Tencent/ncnn/issues/315", make_bug<DepthwiseDilationTwo>};
}  // namespace convcheck::properties
