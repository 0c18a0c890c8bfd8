// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class FirstImageOnly final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return t.image == 0 || p.w_extent != p.x_extent;
  }
};

}  // namespace

extern const Mutant first_image_only_mutant{
    "first-image-only", "BATCH", "computes the first image only where the kernel is as large as x",
    "https://github.com/tensorflow/tensorflow/issues/21817", make_bug<FirstImageOnly>};
}  // namespace convcheck::properties
