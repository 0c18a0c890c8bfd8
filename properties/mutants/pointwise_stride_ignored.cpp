// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PointwiseStrideIgnored final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.w_extent == Axes{1, 1, 1})
      for (std::size_t a = 0; a < 3; ++a) t.x[a] = t.y[a] - p.pad_begin[a];
    return true;
  }
};

}  // namespace

extern const Mutant pointwise_stride_ignored_mutant{
    "pointwise-stride-ignored", "STRIDE", "1x1 kernels: goes through x as if the stride were 1",
    "https://github.com/pytorch/pytorch/issues/55381", make_bug<PointwiseStrideIgnored>};
}  // namespace convcheck::properties
