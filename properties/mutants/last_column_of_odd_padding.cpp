// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class LastColumnOfOddPadding final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.operation != Operation::kDeconv || (p.pad_begin[2] + p.pad_end()[2]) % 2 == 0 ||
           t.x[2] + 1 != p.x_extent[2];
  }
};

}  // namespace

extern const Mutant last_column_of_odd_padding_mutant{
    "last-column-of-odd-padding", "PAD",
    "transposed: halves an odd total padding once too often and misses the last column of its "
    "output",
    "https://github.com/openvinotoolkit/openvino/pull/6099", make_bug<LastColumnOfOddPadding>};
}  // namespace convcheck::properties
