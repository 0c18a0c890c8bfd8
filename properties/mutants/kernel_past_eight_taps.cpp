// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class KernelPastEightTaps final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return t.tap[2] < 8 || t.y[1] + 1 != p.y_extent[1];
  }
};

}  // namespace

extern const Mutant kernel_past_eight_taps_mutant{
    "kernel-past-eight-taps", "TAIL",
    "taps from the ninth of a row on are left out in the last row",
    "https://github.com/opencv/opencv/issues/10683", make_bug<KernelPastEightTaps>};
}  // namespace convcheck::properties
