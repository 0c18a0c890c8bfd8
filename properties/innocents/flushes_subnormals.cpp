// SPDX-License-Identifier: Apache-2.0
#include <cfloat>
#include <cmath>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class FlushesSubnormals final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& /*p*/) const override {
    return {AlgorithmClass::kDirect, std::nullopt, true, true, true};
  }

  float product(float a, float b) const override { return flushed(a * b); }

  float add(float sum, float term) const override { return flushed(sum + term); }

 private:
  static float flushed(float v) { return std::fabs(v) < FLT_MIN ? 0.0F : v; }
};

}  // namespace

extern const Innocent flushes_subnormals_innocent{
    "flushes-subnormals", "flushes subnormal products and sums to zero, and says so",
    make_bug<FlushesSubnormals>};
}  // namespace convcheck::properties
