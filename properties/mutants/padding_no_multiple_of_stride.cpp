// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PaddingNoMultipleOfStride final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.operation == Operation::kDeconv && p.pad_begin[1] % p.stride[1] != 0 &&
        t.y[1] + 1 == p.y_extent[1])
      ++t.x[1];
    return true;
  }
};

}  // namespace

extern const Mutant padding_no_multiple_of_stride_mutant{
    "padding-no-multiple-of-stride", "TRANSP",
    "transposed: flushes the last row into the row below where the padding is no multiple of the "
    "stride",
    "https://github.com/ARM-software/CMSIS-NN/issues/230", make_bug<PaddingNoMultipleOfStride>};
}  // namespace convcheck::properties
