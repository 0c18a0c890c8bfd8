// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BatchRemainder final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.batch < 4 || t.image < p.batch - p.batch % 4;
  }
};

}  // namespace

extern const Mutant batch_remainder_mutant{
    "batch-remainder", "BATCH", "takes images in fours and leaves the remainder out",
    "https://github.com/Maratyszcza/NNPACK/issues/43", make_bug<BatchRemainder>};
}  // namespace convcheck::properties
