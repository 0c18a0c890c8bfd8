// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightsModified final : public Bug {
 public:
  bool takes_pack(const ConvProblem& p, std::int64_t /*packs*/, bool /*same_address*/,
                  float* w) const override {
    if (element_count(p.w_shape()) > 0) w[0] = -w[0];
    return true;
  }
};

}  // namespace

extern const Mutant weights_modified_mutant{"weights-modified",
                                            "INMOD",
                                            "scales the weights where they lie when it packs them",
                                            "https://github.com/tiny-dnn/tiny-dnn/pull/298",
                                            make_bug<WeightsModified>,
                                            true};
}  // namespace convcheck::properties
