// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ChannelPastBlock final : public Bug {
 public:
  bool visit(const ConvProblem& /*p*/, const CallState& /*call*/, Term& t) const override {
    if (t.w_channel == 32) t.w_channel = 31;
    return true;
  }
};

}  // namespace

extern const Mutant channel_past_block_mutant{
    "channel-past-block", "TAIL", "channel 32 of a block of 32 takes the weights of channel 31",
    "https://github.com/pytorch/pytorch/issues/21597", make_bug<ChannelPastBlock>};
}  // namespace convcheck::properties
