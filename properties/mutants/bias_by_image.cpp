// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BiasByImage final : public Bug {
 public:
  float initial(const ConvProblem& p, const Element& e, const float* bias) const override {
    const std::int64_t index = e.outer % p.bias_shape()[0];
    return bias == nullptr ? 0.0F : bias[index];
  }
};

}  // namespace

extern const Mutant bias_by_image_mutant{
    "bias-by-image", "BIAS", "takes the bias by the number of the image, not of the channel",
    "https://github.com/kraiskil/onnx2c/issues/7", make_bug<BiasByImage>};
}  // namespace convcheck::properties
