// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class NarrowerThanKernel final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.x_extent[2] >= p.w_extent[2] || t.tap[2] + 1 != p.w_extent[2];
  }
};

}  // namespace

extern const Mutant narrower_than_kernel_mutant{
    "narrower-than-kernel", "TAIL", "x narrower than the kernel: leaves out the last tap of a row",
    "https://github.com/uxlfoundation/oneDNN/issues/5106", make_bug<NarrowerThanKernel>};
}  // namespace convcheck::properties
