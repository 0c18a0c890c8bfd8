// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class VectorTailShifted final : public Bug {
 public:
  bool visit(const ConvProblem& /*p*/, const CallState& /*call*/, Term& t) const override {
    if (t.y[2] % 16 >= 13) ++t.x[2];
    return true;
  }
};

}  // namespace

extern const Mutant vector_tail_shifted_mutant{
    "vector-tail-shifted", "TAIL",
    "reads one element too far in outputs whose column modulo "
    "16 is 13 to 15, the tail of a vector loop",
    "https://github.com/ermig1979/Simd/issues/42", make_bug<VectorTailShifted>};
}  // namespace convcheck::properties
