// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class HalfFused final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t i = 0; i < products.size(); ++i) {
      const Product& p = products[i];
      sum = i % 2 == 0 ? sum + p.a * p.b : std::fma(p.a, p.b, sum);
    }
    return sum;
  }
};

}  // namespace

extern const Innocent half_fused_innocent{
    "half-fused", "rounds every second product before it adds it", make_bug<HalfFused>};
}  // namespace convcheck::properties
