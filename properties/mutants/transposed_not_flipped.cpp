// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TransposedNotFlipped final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kDeconv && p.stride == Axes{1, 1, 1})
      for (std::size_t a = 0; a < 3; ++a) t.tap[a] = p.w_extent[a] - 1 - t.tap[a];
    return true;
  }
};

}  // namespace

extern const Mutant transposed_not_flipped_mutant{
    "transposed-not-flipped", "TRANSP", "transposed, stride 1: runs the plain convolution",
    "https://github.com/pytorch/pytorch/issues/48400", make_bug<TransposedNotFlipped>};
}  // namespace convcheck::properties
