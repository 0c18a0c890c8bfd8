// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class HeightOneDepthwise final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (is_depthwise(p) && p.x_extent[1] == 1 && p.rank == 2) t.tap[1] = 0;
    return true;
  }
};

}  // namespace

extern const Mutant height_one_depthwise_mutant{
    "height-one-depthwise", "TAIL",
    "depthwise, height 1: takes the first row of taps for the middle one",
    "https://github.com/tenstorrent/tt-mlir/issues/9276", make_bug<HeightOneDepthwise>};
}  // namespace convcheck::properties
