// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightsReadPastEnd final : public Bug {
 public:
  bool takes_pack(const ConvProblem& p, std::int64_t /*packs*/, bool /*same_address*/,
                  float* w) const override {
    const volatile float* past = w + element_count(p.w_shape());
    static_cast<void>(*past);
    return true;
  }
};

}  // namespace

extern const Mutant weights_read_past_end_mutant{
    "weights-read-past-end",
    "OOBR",
    "loads a whole vector at the end of the weights when it packs them",
    "https://github.com/google/XNNPACK/issues/11118",
    make_bug<WeightsReadPastEnd>,
    true};
}  // namespace convcheck::properties
