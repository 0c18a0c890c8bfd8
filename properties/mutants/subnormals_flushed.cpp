// SPDX-License-Identifier: Apache-2.0
#include <cfloat>
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SubnormalsFlushed final : public Bug {
 public:
  float add(float sum, float term) const override {
    return std::fabs(sum + term) < FLT_MIN ? 0 : sum + term;
  }
};

}  // namespace

extern const Mutant subnormals_flushed_mutant{
    "subnormals-flushed", "FTZ", "flushes subnormal sums to zero and claims not to",
    "https://github.com/pearu/functional_algorithms/pull/82", make_bug<SubnormalsFlushed>};
}  // namespace convcheck::properties
