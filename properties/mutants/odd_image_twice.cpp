// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OddImageTwice final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.batch > 1 && p.batch % 2 == 1 && t.x_image + 1 == p.batch) --t.x_image;
    return true;
  }
};

}  // namespace

extern const Mutant odd_image_twice_mutant{
    "odd-image-twice", "BATCH", "odd batches: the last image is the one before",
    "https://github.com/Maratyszcza/NNPACK/issues/44", make_bug<OddImageTwice>};
}  // namespace convcheck::properties
