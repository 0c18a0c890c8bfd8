// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Fused final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (const Product& p : products) sum = std::fma(p.a, p.b, sum);
    return sum;
  }
};

}  // namespace

extern const Innocent fused_innocent{"fused", "fuses every product with its addition",
                                     make_bug<Fused>};
}  // namespace convcheck::properties
