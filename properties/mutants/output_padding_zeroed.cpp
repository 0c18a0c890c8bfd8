// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OutputPaddingZeroed final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    return p.operation != Operation::kDeconv || p.pad_end()[1] >= p.pad_begin[1] ||
           t.x[1] + 1 != p.x_extent[1];
  }
};

}  // namespace

extern const Mutant output_padding_zeroed_mutant{
    "output-padding-zeroed", "TRANSP",
    "transposed convolution: fills the rows that output padding adds with zeros",
    "https://github.com/apache/tvm/pull/5758", make_bug<OutputPaddingZeroed>};
}  // namespace convcheck::properties
