// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneStrideForBoth final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.rank >= 2) t.x[2] += t.y[2] * (p.stride[1] - p.stride[2]);
    return true;
  }
};

}  // namespace

extern const Mutant one_stride_for_both_mutant{
    "one-stride-for-both", "STRIDE", "uses the stride of the height for the width as well",
    "https://github.com/huggingface/candle/pull/68", make_bug<OneStrideForBoth>};
}  // namespace convcheck::properties
