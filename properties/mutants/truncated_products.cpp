// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TruncatedProducts final : public Bug {
 public:
  float product(float a, float b) const override {
    const float rounded = a * b;
    const bool away =
        std::fabs(static_cast<double>(rounded)) > std::fabs(static_cast<double>(a) * b);
    return away ? std::nextafter(rounded, 0.0F) : rounded;
  }
};

}  // namespace

extern const Mutant truncated_products_mutant{
    "truncated-products", "PREC", "truncates its products where it should round them to nearest",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<TruncatedProducts>};
}  // namespace convcheck::properties
