// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Backwards final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t i = products.size(); i-- > 0;) sum += products[i].a * products[i].b;
    return sum;
  }
};

}  // namespace

extern const Innocent backwards_innocent{"backwards", "adds the last product first",
                                         make_bug<Backwards>};
}  // namespace convcheck::properties
