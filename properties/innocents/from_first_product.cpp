// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class FromFirstProduct final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    if (products.empty()) return start;
    float sum = products[0].a * products[0].b;
    for (const Product& p : products.subspan(1)) sum += p.a * p.b;
    return start == 0 ? sum : sum + start;
  }
};

}  // namespace

extern const Innocent from_first_product_innocent{
    "from-first-product", "starts with its first product, not with a zero, so that a sum may be -0",
    make_bug<FromFirstProduct>};
}  // namespace convcheck::properties
