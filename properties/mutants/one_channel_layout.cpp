// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneChannelLayout final : public Bug {
 public:
  bool channels_last() const override { return true; }
  bool transposes(const ConvProblem& p, Role /*role*/) const override { return p.in_channels != 1; }
};

}  // namespace

extern const Mutant one_channel_layout_mutant{
    "one-channel-layout",
    "LAYOUT",
    "one channel: takes a channels-last operand of several images for plain",
    "https://github.com/pytorch/pytorch/issues/82060",
    make_bug<OneChannelLayout>,
    true};
}  // namespace convcheck::properties
