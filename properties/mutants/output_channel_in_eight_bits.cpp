// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OutputChannelInEightBits final : public Bug {
 public:
  std::int64_t place(const ConvProblem& /*p*/, const CallState& /*call*/,
                     const Element& e) const override {
    return e.channel > 0xff ? -1 : e.index;
  }
};

}  // namespace

extern const Mutant output_channel_in_eight_bits_mutant{
    "output-channel-in-eight-bits", "OVF", "leaves output channels from 256 on unwritten",
    "https://github.com/pytorch/pytorch/issues/87354", make_bug<OutputChannelInEightBits>};
}  // namespace convcheck::properties
