// SPDX-License-Identifier: Apache-2.0
#include <cfenv>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class RoundingModeLeft final : public Bug {
 public:
  void after(const ConvProblem& /*p*/, const CallState& /*call*/,
             const Operands& /*operands*/) const override {
    std::fesetround(FE_UPWARD);
  }
};

}  // namespace

extern const Mutant rounding_mode_left_mutant{"rounding-mode-left",
                                              "FTZ",
                                              "leaves the rounding mode at upward",
                                              "https://github.com/numpy/numpy/issues/20895",
                                              make_bug<RoundingModeLeft>,
                                              true};
}  // namespace convcheck::properties
