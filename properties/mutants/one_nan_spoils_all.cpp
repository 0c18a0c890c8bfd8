// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneNanSpoilsAll final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const auto* data = static_cast<const float*>(operands.get(p.data_input()));
    const std::int64_t count = element_count(p.shape(p.data_input()));
    const bool finite = p.y_type != ElementType::kF32 ||
                        std::all_of(data, data + count, [](float v) { return std::isfinite(v); });
    for (std::int64_t i = 0; !finite && i < element_count(p.shape(p.written())); ++i)
      spoil(p, operands, i, [](float) { return NAN; });
  }
};

}  // namespace

extern const Mutant one_nan_spoils_all_mutant{
    "one-nan-spoils-all", "NAN", "answers NaN everywhere if one element of its data is not finite",
    "https://github.com/scipy/scipy/pull/16032", make_bug<OneNanSpoilsAll>};
}  // namespace convcheck::properties
