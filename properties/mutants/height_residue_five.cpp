// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class HeightResidueFive final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.y_extent[1] % 8 == 5 && t.y[1] + 1 == p.y_extent[1] && p.operation == Operation::kConv)
      --t.x[1];
    return true;
  }
};

}  // namespace

extern const Mutant height_residue_five_mutant{
    "height-residue-five", "TAIL",
    "heights that leave 5 modulo 8: the last row reads one row too high",
    "https://github.com/ermig1979/Simd/issues/42", make_bug<HeightResidueFive>};
}  // namespace convcheck::properties
