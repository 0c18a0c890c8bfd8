// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Tf32 final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& /*p*/) const override {
    return {AlgorithmClass::kTf32, std::nullopt, true, true, false};
  }

  float product(float a, float b) const override { return round_to(11, a) * round_to(11, b); }
};

}  // namespace

extern const Innocent tf32_innocent{"tf32", "rounds its operands to 11 bits, and says so",
                                    make_bug<Tf32>};
}  // namespace convcheck::properties
