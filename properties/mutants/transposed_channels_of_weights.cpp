// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TransposedChannelsOfWeights final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kDeconv && p.groups == 1 && p.in_channels == p.out_channels)
      std::swap(t.w_outer, t.w_channel);
    return true;
  }
};

}  // namespace

extern const Mutant transposed_channels_of_weights_mutant{
    "transposed-channels-of-weights", "TRANSP",
    "transposed, as many channels in as out: swaps the two channels of the weights",
    "https://github.com/onnx/onnx-coreml/issues/353", make_bug<TransposedChannelsOfWeights>};
}  // namespace convcheck::properties
