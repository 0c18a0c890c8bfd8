// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class StridedGapUnwritten final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    const bool gap = (e.at[2] + p.pad_begin[2]) % p.stride[2] >= p.w_extent[2];
    return p.operation == Operation::kDeconv && gap ? -1 : e.index;
  }
};

}  // namespace

extern const Mutant strided_gap_unwritten_mutant{
    "strided-gap-unwritten", "UNINIT",
    "transposed, stride larger than the kernel: leaves the columns that no tap meets unwritten",
    "https://github.com/pytorch/pytorch/issues/99519", make_bug<StridedGapUnwritten>};
}  // namespace convcheck::properties
