// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DilationNarrowed final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    t.x[2] -= t.tap[2] * (p.dilation[2] & ~std::int64_t{0x7f});
    return true;
  }
};

}  // namespace

extern const Mutant dilation_narrowed_mutant{
    "dilation-narrowed", "OVF", "keeps the dilation in 7 bits",
    "https://github.com/flagos-ai/FlagGems/issues/6588", make_bug<DilationNarrowed>};
}  // namespace convcheck::properties
