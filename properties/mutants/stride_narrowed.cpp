// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class StrideNarrowed final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    t.x[2] -= t.y[2] * (p.stride[2] & ~std::int64_t{0xffff});
    return true;
  }
};

}  // namespace

extern const Mutant stride_narrowed_mutant{"stride-narrowed", "OVF", "keeps the stride in 16 bits",
                                           "https://github.com/tensorflow/tensorflow/issues/61905",
                                           make_bug<StrideNarrowed>};
}  // namespace convcheck::properties
