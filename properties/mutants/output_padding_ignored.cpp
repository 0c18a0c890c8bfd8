// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OutputPaddingIgnored final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    const std::int64_t added = p.pad_begin[2] - p.pad_end()[2];
    return p.operation == Operation::kDeconv && added > 0 && e.at[2] >= p.x_extent[2] - added
               ? -1
               : e.index;
  }
};

}  // namespace

extern const Mutant output_padding_ignored_mutant{
    "output-padding-ignored", "TRANSP",
    "transposed: leaves the columns that output padding adds unwritten",
    "https://github.com/pytorch/pytorch/issues/964", make_bug<OutputPaddingIgnored>};
}  // namespace convcheck::properties
