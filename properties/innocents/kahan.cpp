// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Kahan final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    float lost = 0;
    for (const Product& p : products) {
      const float term = p.a * p.b - lost;
      const float next = sum + term;
      // Once an infinity is met there is nothing to compensate.
      lost = std::isfinite(next) ? (next - sum) - term : 0.0F;
      sum = next;
    }
    return sum;
  }
};

}  // namespace

extern const Innocent kahan_innocent{"kahan", "compensates the rounding of its sums",
                                     make_bug<Kahan>};
}  // namespace convcheck::properties
