// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PaddingMultiplied final : public Bug {
 public:
  std::optional<float> padding(const ConvProblem& p) const override {
    return p.y_type == ElementType::kF32 ? std::optional<float>(0.0F) : std::nullopt;
  }
};

}  // namespace

extern const Mutant padding_multiplied_mutant{
    "padding-multiplied", "NAN",
    "multiplies the padding by the weights, so that an infinite weight makes NaN there",
    "https://github.com/tracel-ai/burn/issues/5385", make_bug<PaddingMultiplied>};
}  // namespace convcheck::properties
