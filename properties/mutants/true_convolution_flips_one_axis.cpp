// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TrueConvolutionFlipsOneAxis final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.orientation == Orientation::kConvolution) t.tap[1] = p.w_extent[1] - 1 - t.tap[1];
    return true;
  }
};

}  // namespace

extern const Mutant true_convolution_flips_one_axis_mutant{
    "true-convolution-flips-one-axis", "FLIP", "true convolution: flips the width only",
    "https://github.com/FluxML/NNlib.jl/issues/208", make_bug<TrueConvolutionFlipsOneAxis>};
}  // namespace convcheck::properties
