// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class GroupOffsetMissing final : public Bug {
 public:
  bool visit(const ConvProblem& /*p*/, const CallState& /*call*/, Term& t) const override {
    t.x_channel = t.w_channel;
    return true;
  }
};

}  // namespace

extern const Mutant group_offset_missing_mutant{
    "group-offset-missing", "GROUP", "reads the channels of the first group in every group",
    "https://github.com/microsoft/onnxruntime/issues/3443", make_bug<GroupOffsetMissing>};
}  // namespace convcheck::properties
