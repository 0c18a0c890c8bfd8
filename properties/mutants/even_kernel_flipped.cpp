// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class EvenKernelFlipped final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.w_extent[2] % 2 == 0) t.tap[2] = p.w_extent[2] - 1 - t.tap[2];
    return true;
  }
};

}  // namespace

extern const Mutant even_kernel_flipped_mutant{
    "even-kernel-flipped", "FLIP", "flips kernels of even width",
    "https://github.com/ARM-software/ComputeLibrary/issues/78", make_bug<EvenKernelFlipped>};
}  // namespace convcheck::properties
