// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WgradMissesLastRow final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const bool hit = p.operation == Operation::kWgrad && p.groups > 1 && p.stride[1] == 2;
    return !hit || t.tap[1] + 1 != p.w_extent[1] || t.y[1] + 1 != p.y_extent[1];
  }
};

}  // namespace

extern const Mutant wgrad_misses_last_row_mutant{
    "wgrad-misses-last-row", "GROUP",
    "backward weights, depthwise, stride 2: the last kernel row misses the last row of y",
    "https://github.com/pytorch/pytorch/issues/50042", make_bug<WgradMissesLastRow>};
}  // namespace convcheck::properties
