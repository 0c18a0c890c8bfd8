// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ChannelTailDropped final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t channels = p.in_channels / p.groups;
    return channels < 4 || t.w_channel < channels - channels % 4;
  }
};

}  // namespace

extern const Mutant channel_tail_dropped_mutant{
    "channel-tail-dropped", "TAIL", "sums channels in fours and forgets the remainder",
    "https://github.com/pytorch/pytorch/issues/21597", make_bug<ChannelTailDropped>};
}  // namespace convcheck::properties
