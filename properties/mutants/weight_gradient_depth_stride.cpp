// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightGradientDepthStride final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kWgrad && p.rank == 3)
      t.x[0] += t.y[0] * (p.stride[1] - p.stride[0]);
    return true;
  }
};

}  // namespace

extern const Mutant weight_gradient_depth_stride_mutant{
    "weight-gradient-depth-stride", "STRIDE",
    "backward weights, three axes: takes the stride of the height for the depth",
    "https://github.com/pytorch/pytorch/issues/68868", make_bug<WeightGradientDepthStride>};
}  // namespace convcheck::properties
