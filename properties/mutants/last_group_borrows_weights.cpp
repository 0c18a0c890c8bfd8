// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class LastGroupBorrowsWeights final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t outputs = p.out_channels / p.groups;
    if (p.groups == 3 && t.w_outer >= 2 * outputs) t.w_outer -= 2 * outputs;
    return true;
  }
};

}  // namespace

extern const Mutant last_group_borrows_weights_mutant{
    "last-group-borrows-weights", "GROUP",
    "three groups: the last one uses the weights of the first",
    "https://github.com/pytorch/pytorch/issues/68868", make_bug<LastGroupBorrowsWeights>};
}  // namespace convcheck::properties
