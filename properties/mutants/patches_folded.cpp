// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PatchesFolded final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.w_extent[2] == p.stride[2] && p.stride[2] > 1 && p.pad_end()[2] <= 0)
      t.x[2] = unpadded_index(p, t, 2) + p.pad_begin[2];
    return true;
  }
};

}  // namespace

extern const Mutant patches_folded_mutant{
    "patches-folded", "STRIDE",
    "kernel as large as the stride: folds x into channels without its padding",
    "https://github.com/uxlfoundation/oneDNN/pull/4684", make_bug<PatchesFolded>};
}  // namespace convcheck::properties
