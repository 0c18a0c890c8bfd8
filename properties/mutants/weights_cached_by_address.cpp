// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightsCachedByAddress final : public Bug {
 public:
  bool takes_pack(const ConvProblem& /*p*/, std::int64_t packs, bool same_address,
                  float* /*w*/) const override {
    return packs == 0 || !same_address;
  }
};

}  // namespace

extern const Mutant weights_cached_by_address_mutant{
    "weights-cached-by-address", "STALE", "packs weights again only if they lie elsewhere",
    "https://github.com/ooples/AiDotNet.Tensors/pull/583", make_bug<WeightsCachedByAddress>};
}  // namespace convcheck::properties
