// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TileBeyondExtent final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation != Operation::kDeconv || p.stride[1] != 2) return true;
    if (t.x[1] == p.x_extent[1] - 1 && t.y[1] + 1 == p.y_extent[1]) t.tap[1] = 0;
    return true;
  }
};

}  // namespace

extern const Mutant tile_beyond_extent_mutant{
    "tile-beyond-extent", "OOBR",
    "transposed, stride 2: the last tile reads the first row again where there is none",
    "https://github.com/ROCm/rocMLIR/pull/307", make_bug<TileBeyondExtent>};
}  // namespace convcheck::properties
