// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Bf16 final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& /*p*/) const override {
    return {AlgorithmClass::kBf16, std::nullopt, true, true, false};
  }

  float product(float a, float b) const override { return round_to(8, a) * round_to(8, b); }
};

}  // namespace

extern const Innocent bf16_innocent{"bf16", "rounds its operands to 8 bits, and says so",
                                    make_bug<Bf16>};
}  // namespace convcheck::properties
