// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DataReadAsPlain final : public Bug {
 public:
  bool channels_last() const override { return true; }
  bool transposes(const ConvProblem& p, Role role) const override {
    return role != p.data_input() || !is_depthwise(p);
  }
};

}  // namespace

extern const Mutant data_read_as_plain_mutant{
    "data-read-as-plain",
    "LAYOUT",
    "depthwise: reads data in channels-last layout as if they were plain",
    "https://github.com/torch/nn/pull/737",
    make_bug<DataReadAsPlain>,
    true};
}  // namespace convcheck::properties
