// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class SmallestFirst final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    std::vector<float> terms = rounded_products(products);
    std::stable_sort(terms.begin(), terms.end(),
                     [](float a, float b) { return std::fabs(a) < std::fabs(b); });
    return std::accumulate(terms.begin(), terms.end(), start);
  }
};

}  // namespace

extern const Innocent smallest_first_innocent{
    "smallest-first", "adds terms in the order of their magnitude", make_bug<SmallestFirst>};
}  // namespace convcheck::properties
