// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class FusedBackwards final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t i = products.size(); i-- > 0;)
      sum = std::fma(products[i].a, products[i].b, sum);
    return sum;
  }
};

}  // namespace

extern const Innocent fused_backwards_innocent{
    "fused-backwards", "fuses, and adds the last product first", make_bug<FusedBackwards>};
}  // namespace convcheck::properties
