// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

template <std::size_t kLanes>
float lanes(std::span<const Product> products) {
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < products.size(); ++i)
    sums[i % kLanes] = std::fma(products[i].a, products[i].b, sums[i % kLanes]);
  for (std::size_t width = kLanes / 2; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i) sums[i] += sums[i + width];
  return sums[0];
}

class SixteenLanes final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    return start + lanes<16>(products);
  }
};

}  // namespace

extern const Innocent sixteen_lanes_innocent{
    "sixteen-lanes", "adds in 16 lanes and the lanes in a tree", make_bug<SixteenLanes>};
}  // namespace convcheck::properties
