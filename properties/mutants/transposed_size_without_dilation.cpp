// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TransposedSizeWithoutDilation final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    const std::int64_t lost = (p.w_extent[2] - 1) * (p.dilation[2] - 1);
    return p.operation == Operation::kDeconv && e.at[2] >= p.x_extent[2] - lost ? -1 : e.index;
  }
};

}  // namespace

extern const Mutant transposed_size_without_dilation_mutant{
    "transposed-size-without-dilation", "SIZE",
    "transposed: computes as many columns as without dilation",
    "https://github.com/pytorch/pytorch/issues/14272", make_bug<TransposedSizeWithoutDilation>};
}  // namespace convcheck::properties
