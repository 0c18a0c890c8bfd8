// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OutputChannelTail final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.out_channels % 8 == 1 && p.groups == 1 && t.w_outer > 0 &&
        t.w_outer + 1 == p.out_channels)
      --t.w_outer;
    return true;
  }
};

}  // namespace

extern const Mutant output_channel_tail_mutant{
    "output-channel-tail", "TAIL",
    "output channels in eights: one that is left alone takes the weights of the one before",
    "https://github.com/bhuman/CompiledNN/issues/16", make_bug<OutputChannelTail>};
}  // namespace convcheck::properties
