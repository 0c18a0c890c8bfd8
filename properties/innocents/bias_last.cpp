// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class BiasLast final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = 0;
    for (const Product& p : products) sum += p.a * p.b;
    return sum + start;
  }
};

}  // namespace

extern const Innocent bias_last_innocent{"bias-last", "adds the bias last", make_bug<BiasLast>};
}  // namespace convcheck::properties
