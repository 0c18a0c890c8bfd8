// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OriginOfEvenKernel final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.w_extent[2] % 2 == 0 && p.pad_begin[2] > 0) --t.x[2];
    return true;
  }
};

}  // namespace

extern const Mutant origin_of_even_kernel_mutant{
    "origin-of-even-kernel", "FLIP", "even kernels: the origin lies one to the left",
    "https://github.com/scipy/scipy/issues/822", make_bug<OriginOfEvenKernel>};
}  // namespace convcheck::properties
