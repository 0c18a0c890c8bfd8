// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DilationAdvanceByRows final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.dilation[1] >= 3 && t.tap[1] > 0 && t.tap[1] + 1 == p.w_extent[1]) --t.x[1];
    return true;
  }
};

}  // namespace

extern const Mutant dilation_advance_by_rows_mutant{
    "dilation-advance-by-rows", "DIL", "dilation 3 or more: the last row of taps is a row too high",
    "https://github.com/tenstorrent/tt-metal/pull/38002", make_bug<DilationAdvanceByRows>};
}  // namespace convcheck::properties
