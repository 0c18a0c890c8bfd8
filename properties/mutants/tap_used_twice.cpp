// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TapUsedTwice final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank == 2 && p.w_extent[1] > 1 && p.w_extent[2] > 2 && t.tap[1] == 0 && t.tap[2] == 0) {
      t.tap[1] = 1;
      t.tap[2] = 2;
    }
    return true;
  }
};

}  // namespace

extern const Mutant tap_used_twice_mutant{"tap-used-twice", "IDX", "uses tap (1, 2) for tap (0, 0)",
                                          "https://github.com/uxlfoundation/oneDNN/issues/5080",
                                          make_bug<TapUsedTwice>};
}  // namespace convcheck::properties
