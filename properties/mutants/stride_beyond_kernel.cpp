// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class StrideBeyondKernel final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.stride[2] > p.w_extent[2]) t.x[2] -= t.y[2] * (p.stride[2] - p.w_extent[2]);
    return true;
  }
};

}  // namespace

extern const Mutant stride_beyond_kernel_mutant{
    "stride-beyond-kernel", "STRIDE",
    "clamps a stride larger than the kernel to the size of the kernel",
    "https://github.com/Tencent/ncnn/issues/116", make_bug<StrideBeyondKernel>};
}  // namespace convcheck::properties
