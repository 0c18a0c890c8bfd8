// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class RefusesLargeKernel final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& /*operands*/) const override {
    if (p.x_extent[1] < p.w_extent[1])
      return fail(ErrorCode::kEngineFailed, "the kernel is larger than the input");
    return {};
  }
};

}  // namespace

extern const Mutant refuses_large_kernel_mutant{
    "refuses-large-kernel", "RETCODE",
    "fails where the kernel is larger than x, which it says it supports",
    "https://github.com/foss-xtensa/nnlib-hifi4/issues/12", make_bug<RefusesLargeKernel>};
}  // namespace convcheck::properties
