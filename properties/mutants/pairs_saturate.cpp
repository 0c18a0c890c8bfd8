// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PairsSaturate final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t i = 0; i < products.size(); i += 2) {
      float pair = products[i].a * products[i].b;
      if (i + 1 < products.size()) pair += products[i + 1].a * products[i + 1].b;
      const bool integers = pair == std::trunc(pair) && std::fabs(pair) > 32767;
      sum += integers ? std::copysign(32767.0F, pair) : pair;
    }
    return sum;
  }
};

}  // namespace

extern const Mutant pairs_saturate_mutant{
    "pairs-saturate", "INT8", "adds pairs of products in 16 bits and saturates",
    "https://github.com/microsoft/onnxruntime/issues/16105", make_bug<PairsSaturate>};
}  // namespace convcheck::properties
