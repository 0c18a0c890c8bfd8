// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class NextRowForPadding final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.pad_begin[2] < 0 && unpadded_index(p, t, 2) == p.x_extent[2] &&
        p.padding_mode == PaddingMode::kZeros) {
      t.x[2] = 0;
      ++t.x[1];
    }
    return true;
  }
};

}  // namespace

extern const Mutant next_row_for_padding_mutant{
    "next-row-for-padding", "PAD",
    "cropped at the begin and padded at the end: reads the next row where the padding starts",
    "https://github.com/openxla/xla/issues/48713", make_bug<NextRowForPadding>};
}  // namespace convcheck::properties
