// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class GroupsPastSixteen final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.groups % 16 != 1 || p.groups == 1 ||
           t.x_channel / (p.in_channels / p.groups) + 1 != p.groups;
  }
};

}  // namespace

extern const Mutant groups_past_sixteen_mutant{
    "groups-past-sixteen", "GROUP", "takes groups in sixteens and leaves the last, alone one out",
    "https://github.com/tracel-ai/burn/pull/1891", make_bug<GroupsPastSixteen>};
}  // namespace convcheck::properties
