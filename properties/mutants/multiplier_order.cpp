// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class MultiplierOrder final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (is_depthwise(p)) t.x_channel = t.y_channel % p.in_channels;
    return true;
  }
};

}  // namespace

extern const Mutant multiplier_order_mutant{
    "multiplier-order", "GROUP",
    "depthwise with a multiplier: takes channel m % C of x for output m, not m / multiplier",
    "https://github.com/modular/modular/issues/6129", make_bug<MultiplierOrder>};
}  // namespace convcheck::properties
