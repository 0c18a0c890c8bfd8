// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WindowInPadding final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    return p.operation == Operation::kConv &&
                   e.at[2] * p.stride[2] - p.pad_begin[2] >= p.x_extent[2]
               ? -1
               : e.index;
  }
};

}  // namespace

extern const Mutant window_in_padding_mutant{
    "window-in-padding", "UNINIT",
    "leaves outputs whose first tap lies past the end of x unwritten",
    "https://github.com/FluxML/NNlib.jl/issues/203", make_bug<WindowInPadding>};
}  // namespace convcheck::properties
