// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PackingSwapsNeighbours final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.out_channels > 33 && (t.w_outer == 32 || t.w_outer == 33)) t.w_outer = 65 - t.w_outer;
    return true;
  }
};

}  // namespace

extern const Mutant packing_swaps_neighbours_mutant{
    "packing-swaps-neighbours", "IDX",
    "packs the weights of output channels 32 and 33 in the wrong order",
    "https://github.com/google/XNNPACK/issues/11118", make_bug<PackingSwapsNeighbours>};
}  // namespace convcheck::properties
