// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SpatialAxesSwapped final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank == 2 && p.w_extent[1] == p.w_extent[2] && p.x_extent[1] != p.x_extent[2])
      std::swap(t.tap[1], t.tap[2]);
    return true;
  }
};

}  // namespace

extern const Mutant spatial_axes_swapped_mutant{
    "spatial-axes-swapped", "IDX",
    "square kernels on an x that is not: swaps the two axes of the taps",
    "https://github.com/pytorch/pytorch/issues/55781", make_bug<SpatialAxesSwapped>};
}  // namespace convcheck::properties
