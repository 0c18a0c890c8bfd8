// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class StaleWeights final : public Bug {
 public:
  bool takes_pack(const ConvProblem& /*p*/, std::int64_t packs, bool /*same_address*/,
                  float* /*w*/) const override {
    return packs == 0;
  }
};

}  // namespace

extern const Mutant stale_weights_mutant{
    "stale-weights", "STALE", "keeps the weights that were packed first",
    "https://github.com/tensorflow/tensorflow/pull/56150", make_bug<StaleWeights>};
}  // namespace convcheck::properties
