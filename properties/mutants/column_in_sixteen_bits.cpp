// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ColumnInSixteenBits final : public Bug {
 public:
  bool visit(const ConvProblem& /*p*/, const CallState& /*call*/, Term& t) const override {
    if (t.x[2] >= 0) t.x[2] &= 0xffff;
    return true;
  }
};

}  // namespace

extern const Mutant column_in_sixteen_bits_mutant{
    "column-in-sixteen-bits", "OVF", "keeps the column of x in 16 bits",
    "https://github.com/pytorch/pytorch/issues/142836", make_bug<ColumnInSixteenBits>};
}  // namespace convcheck::properties
