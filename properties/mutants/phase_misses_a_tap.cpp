// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PhaseMissesATap final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.operation != Operation::kDeconv || p.stride[2] < 3 ||
           t.tap[2] < p.w_extent[2] / p.stride[2] * p.stride[2];
  }
};

}  // namespace

extern const Mutant phase_misses_a_tap_mutant{
    "phase-misses-a-tap", "TRANSP",
    "transposed, stride 3 or more: every phase has k / stride taps, rounded down",
    "https://github.com/ROCm/MIOpen/issues/575", make_bug<PhaseMissesATap>};
}  // namespace convcheck::properties
