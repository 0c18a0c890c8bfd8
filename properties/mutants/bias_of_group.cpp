// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BiasOfGroup final : public Bug {
 public:
  float initial(const ConvProblem& p, const Element& e, const float* bias) const override {
    return bias == nullptr ? 0.0F : bias[e.channel % (p.bias_shape()[0] / p.groups)];
  }
};

}  // namespace

extern const Mutant bias_of_group_mutant{
    "bias-of-group", "BIAS", "takes the bias by the number of the channel in its group",
    "https://github.com/apache/mxnet/issues/15464", make_bug<BiasOfGroup>};
}  // namespace convcheck::properties
