// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class GroupsInterleaved final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.groups != 2 || p.operation != Operation::kDeconv) return true;
    t.x_channel = t.w_channel * 2 + t.x_channel / (p.in_channels / 2);
    return true;
  }
};

}  // namespace

extern const Mutant groups_interleaved_mutant{
    "groups-interleaved", "GROUP",
    "writes the channels of two groups interleaved where they should follow each other",
    "https://github.com/uxlfoundation/oneDNN/issues/352", make_bug<GroupsInterleaved>};
}  // namespace convcheck::properties
