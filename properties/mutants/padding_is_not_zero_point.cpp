// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PaddingIsNotZeroPoint final : public Bug {
 public:
  std::optional<float> padding(const ConvProblem& p) const override {
    return p.x_zero_point == 0 ? std::nullopt
                               : std::optional<float>(static_cast<float>(-p.x_zero_point));
  }
};

}  // namespace

extern const Mutant padding_is_not_zero_point_mutant{
    "padding-is-not-zero-point", "INT8", "pads with 0 where the zero point of x is meant",
    "https://github.com/uxlfoundation/oneDNN/issues/2151", make_bug<PaddingIsNotZeroPoint>};
}  // namespace convcheck::properties
