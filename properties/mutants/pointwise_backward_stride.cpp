// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PointwiseBackwardStride final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kDeconv && p.w_extent == Axes{1, 1, 1} && p.stride[2] == 2)
      t.x[2] = t.y[2];
    return true;
  }
};

}  // namespace

extern const Mutant pointwise_backward_stride_mutant{
    "pointwise-backward-stride", "STRIDE",
    "backward data, 1x1, stride 2: scatters as if the stride were 1",
    "https://github.com/ROCm/composable_kernel/issues/105", make_bug<PointwiseBackwardStride>};
}  // namespace convcheck::properties
