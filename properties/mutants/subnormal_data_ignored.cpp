// SPDX-License-Identifier: Apache-2.0
#include <cfloat>
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SubnormalDataIgnored final : public Bug {
 public:
  float product(float a, float b) const override {
    return std::fabs(a) < FLT_MIN && b != 0 && std::isfinite(b) ? 0 : a * b;
  }
};

}  // namespace

extern const Mutant subnormal_data_ignored_mutant{
    "subnormal-data-ignored", "FTZ", "takes subnormal data for zero",
    "https://github.com/pearu/functional_algorithms/pull/82", make_bug<SubnormalDataIgnored>};
}  // namespace convcheck::properties
