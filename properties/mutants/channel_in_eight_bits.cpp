// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ChannelInEightBits final : public Bug {
 public:
  bool visit(const ConvProblem& /*p*/, const CallState& /*call*/, Term& t) const override {
    t.x_channel &= 0xff;
    return true;
  }
};

}  // namespace

extern const Mutant channel_in_eight_bits_mutant{
    "channel-in-eight-bits", "OVF", "keeps the number of a channel of x in 8 bits",
    "https://github.com/pytorch/pytorch/issues/129207", make_bug<ChannelInEightBits>};
}  // namespace convcheck::properties
