// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class NextImageInLastRow final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.padding_mode == PaddingMode::kZeros && unpadded_index(p, t, 1) == p.x_extent[1] &&
        t.x_image + 1 < p.batch) {
      ++t.x_image;
      t.x[1] = 0;
    }
    return true;
  }
};

}  // namespace

extern const Mutant next_image_in_last_row_mutant{
    "next-image-in-last-row", "OOBR",
    "reads the next image where the window of the last row leaves x",
    "https://github.com/ROCm/MIOpen/issues/309", make_bug<NextImageInLastRow>};
}  // namespace convcheck::properties
