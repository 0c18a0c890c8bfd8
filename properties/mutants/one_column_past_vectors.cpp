// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneColumnPastVectors final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.y_extent[2] % 16 != 1 || p.y_extent[2] == 1 || t.y[2] + 1 != p.y_extent[2] ||
           t.x_channel + 1 != p.in_channels;
  }
};

}  // namespace

extern const Mutant one_column_past_vectors_mutant{
    "one-column-past-vectors", "TAIL",
    "widths one past a multiple of 16: leaves out the last channel in the last column",
    "https://github.com/pytorch/pytorch/issues/21597", make_bug<OneColumnPastVectors>};
}  // namespace convcheck::properties
