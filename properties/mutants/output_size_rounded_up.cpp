// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OutputSizeRoundedUp final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    return p.pad_end()[2] < 0 && p.stride[2] > 1 && p.operation == Operation::kConv
               ? e.index + e.index / p.y_extent[2]
               : e.index;
  }
};

}  // namespace

extern const Mutant output_size_rounded_up_mutant{
    "output-size-rounded-up", "SIZE",
    "rounds the width of the output up where the last window stops short",
    "https://github.com/tensorflow/tensorflow/issues/57128", make_bug<OutputSizeRoundedUp>};
}  // namespace convcheck::properties
