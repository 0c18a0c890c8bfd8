// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ZeroPointOfFirstChannel final : public Bug {
 public:
  float operand(const ConvProblem& p, Role role, float stored) const override {
    return role == Role::kW && p.out_channels > 1 && p.w_zero_point != 0
               ? stored
               : Bug::operand(p, role, stored);
  }
};

}  // namespace

extern const Mutant zero_point_of_first_channel_mutant{
    "zero-point-of-first-channel", "INT8",
    "corrects for the zero point of the weights in output channel 0 only",
    "https://github.com/Tencent/ncnn/issues/3171", make_bug<ZeroPointOfFirstChannel>};
}  // namespace convcheck::properties
