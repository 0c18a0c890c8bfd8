// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightsReadAsPlain final : public Bug {
 public:
  bool channels_last() const override { return true; }
  bool transposes(const ConvProblem& /*p*/, Role role) const override { return role != Role::kW; }
};

}  // namespace

extern const Mutant weights_read_as_plain_mutant{
    "weights-read-as-plain",
    "LAYOUT",
    "reads weights in channels-last layout as if they were plain",
    "https://github.com/pytorch/pytorch/issues/1246",
    make_bug<WeightsReadAsPlain>,
    true};
}  // namespace convcheck::properties
