// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class FixedPointSums final : public Bug {
 public:
  float product(float a, float b) const override {
    return std::nearbyint(a * b * 0x1p20F) * 0x1p-20F;
  }
};

}  // namespace

extern const Mutant fixed_point_sums_mutant{
    "fixed-point-sums", "PREC", "keeps products on a grid of 2^-20",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<FixedPointSums>};
}  // namespace convcheck::properties
