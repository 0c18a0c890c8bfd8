// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class BatchFromWrongDimension final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank == 1) t.x_image = 0;
    return true;
  }
};

}  // namespace

extern const Mutant batch_from_wrong_dimension_mutant{
    "batch-from-wrong-dimension", "BATCH", "one axis: takes the first image for every image",
    "https://github.com/ggml-org/ggml/pull/993", make_bug<BatchFromWrongDimension>};
}  // namespace convcheck::properties
