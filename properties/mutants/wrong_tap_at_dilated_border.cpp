// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WrongTapAtDilatedBorder final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.dilation[2] == 2 && t.y[2] == 0 && t.tap[2] == 1) t.tap[2] = p.w_extent[2] - 1;
    return true;
  }
};

}  // namespace

extern const Mutant wrong_tap_at_dilated_border_mutant{
    "wrong-tap-at-dilated-border", "PAD",
    "dilation 2: the first output column takes the last tap of a row for the middle one",
    "https://github.com/modular/modular/issues/6461", make_bug<WrongTapAtDilatedBorder>};
}  // namespace convcheck::properties
