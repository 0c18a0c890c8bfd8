// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class LastRowUnwritten final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    return p.w_extent[2] <= p.x_extent[2] || e.at[2] > 0 ? e.index : -1;
  }
};

}  // namespace

extern const Mutant last_row_unwritten_mutant{
    "last-row-unwritten", "UNINIT",
    "leaves the last row of the output unwritten where the kernel is larger than x",
    "https://github.com/FluxML/NNlib.jl/issues/203", make_bug<LastRowUnwritten>};
}  // namespace convcheck::properties
