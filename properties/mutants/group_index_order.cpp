// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class GroupIndexOrder final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t outputs = p.out_channels / p.groups;
    if (p.operation == Operation::kWgrad)
      t.w_outer = t.y_channel % p.groups * outputs + t.y_channel / p.groups;
    return true;
  }
};

}  // namespace

extern const Mutant group_index_order_mutant{
    "group-index-order", "GROUP",
    "backward weights: counts the channels of y group by group where they lie channel by channel",
    "https://github.com/pytorch/pytorch/issues/51430", make_bug<GroupIndexOrder>};
}  // namespace convcheck::properties
