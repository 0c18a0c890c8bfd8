// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class RightColumnOfAsymmetricPadding final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.pad_begin[2] == p.pad_end()[2] || t.y[2] + 1 != p.y_extent[2] ||
           t.x[2] + 1 != p.x_extent[2];
  }
};

}  // namespace

extern const Mutant right_column_of_asymmetric_padding_mutant{
    "right-column-of-asymmetric-padding", "PAD",
    "drops the last column of x in the last output column where the two paddings of the width "
    "differ",
    "https://github.com/uxlfoundation/oneDNN/issues/5080",
    make_bug<RightColumnOfAsymmetricPadding>};
}  // namespace convcheck::properties
