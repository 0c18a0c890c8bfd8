// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TransposedRankOne final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kDeconv && p.rank == 1) t.x[2] += p.pad_begin[2] - p.pad_end()[2];
    return true;
  }
};

}  // namespace

extern const Mutant transposed_rank_one_mutant{
    "transposed-rank-one", "TRANSP",
    "transposed, one axis: reads the padding as that of the forward direction",
    "https://github.com/jax-ml/jax/issues/32267", make_bug<TransposedRankOne>};
}  // namespace convcheck::properties
