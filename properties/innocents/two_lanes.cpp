// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class TwoLanes final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sums[2] = {start, 0};
    for (std::size_t i = 0; i < products.size(); ++i) sums[i % 2] += products[i].a * products[i].b;
    return sums[0] + sums[1];
  }
};

}  // namespace

extern const Innocent two_lanes_innocent{"two-lanes", "adds even and odd terms apart",
                                         make_bug<TwoLanes>};
}  // namespace convcheck::properties
