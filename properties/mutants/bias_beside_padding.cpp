// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BiasBesidePadding final : public Bug {
 public:
  float initial(const ConvProblem& p, const Element& e, const float* bias) const override {
    return bias == nullptr || (p.pad_begin[2] > 0 && e.at[2] == 0) ? 0.0F : bias[e.channel];
  }
};

}  // namespace

extern const Mutant bias_beside_padding_mutant{
    "bias-beside-padding", "BIAS", "forgets the bias in the first row, where padding is met",
    "https://github.com/pytorch/pytorch/pull/1947", make_bug<BiasBesidePadding>};
}  // namespace convcheck::properties
