// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DepthPaddingOfHeight final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank == 3) t.x[0] += p.pad_begin[0] - p.pad_begin[1];
    return true;
  }
};

}  // namespace

extern const Mutant depth_padding_of_height_mutant{
    "depth-padding-of-height", "PAD", "pads the depth as the height",
    "https://github.com/tensorflow/tensorflow/issues/68319", make_bug<DepthPaddingOfHeight>};
}  // namespace convcheck::properties
