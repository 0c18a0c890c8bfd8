// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class EvenKernelOneTooLarge final : public Bug {
 public:
  std::int64_t place(const ConvProblem& p, const CallState& /*call*/,
                     const Element& e) const override {
    return p.w_extent[2] % 2 == 0 && p.operation == Operation::kConv
               ? e.index + e.index / p.y_extent[2]
               : e.index;
  }
};

}  // namespace

extern const Mutant even_kernel_one_too_large_mutant{
    "even-kernel-one-too-large", "SIZE",
    "even kernels: rows of the output are one element longer than they are",
    "https://github.com/tracel-ai/burn/issues/5371", make_bug<EvenKernelOneTooLarge>};
}  // namespace convcheck::properties
