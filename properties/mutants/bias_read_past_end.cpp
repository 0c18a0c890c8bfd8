// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BiasReadPastEnd final : public Bug {
 public:
  float initial(const ConvProblem& p, const Element& e, const float* bias) const override {
    if (bias == nullptr) return 0;
    const bool last = e.channel + 1 == p.bias_shape()[0];
    return bias[e.channel] + (last && p.bias_shape()[0] % 4 != 0 ? 0 * bias[e.channel + 1] : 0);
  }
};

}  // namespace

extern const Mutant bias_read_past_end_mutant{
    "bias-read-past-end", "OOBR",
    "loads the bias in fours and multiplies what lies past its end by zero",
    "https://github.com/PaddlePaddle/Paddle/issues/11016", make_bug<BiasReadPastEnd>};
}  // namespace convcheck::properties
