// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BiasTwice final : public Bug {
 public:
  float initial(const ConvProblem& p, const Element& e, const float* bias) const override {
    const float once = Bug::initial(p, e, bias);
    return p.w_extent == Axes{1, 1, 1} ? once + once : once;
  }
};

}  // namespace

extern const Mutant bias_twice_mutant{"bias-twice", "BIAS", "1x1 kernels: adds the bias twice",
                                      "https://github.com/LeelaChessZero/lc0/pull/130",
                                      make_bug<BiasTwice>};
}  // namespace convcheck::properties
