// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SameUpperLowerSwapped final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t uneven = p.pad_end()[2] - p.pad_begin[2];
    if (p.operation == Operation::kDeconv && (uneven == 1 || uneven == -1)) t.x[2] -= uneven;
    return true;
  }
};

}  // namespace

extern const Mutant same_upper_lower_swapped_mutant{
    "same-upper-lower-swapped", "PAD",
    "transposed: takes the odd element of an uneven padding from the wrong side",
    "https://github.com/microsoft/onnxruntime/pull/5368", make_bug<SameUpperLowerSwapped>};
}  // namespace convcheck::properties
