// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ExtentOfDilatedKernel final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    const std::int64_t last = e.at[2] * p.stride[2] + p.w_extent[2] * p.dilation[2];
    const bool beyond =
        p.operation == Operation::kConv && last > p.x_extent[2] + p.pad_begin[2] + p.pad_end()[2];
    return beyond && p.dilation[2] > 1 ? -1 : e.index;
  }
};

}  // namespace

extern const Mutant extent_of_dilated_kernel_mutant{
    "extent-of-dilated-kernel", "SIZE",
    "takes k * d for the extent of a dilated kernel and misses the last columns",
    "https://github.com/NVIDIA/cutlass/pull/3526", make_bug<ExtentOfDilatedKernel>};
}  // namespace convcheck::properties
