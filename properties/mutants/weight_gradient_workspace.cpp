// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightGradientWorkspace final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    if (p.operation == Operation::kWgrad && p.stride[2] == 2 && count > 0)
      static_cast<float*>(operands.w)[count + p.w_extent[2] - 1] = 0;
  }
};

}  // namespace

extern const Mutant weight_gradient_workspace_mutant{
    "weight-gradient-workspace",
    "OOBW",
    "backward weights, stride 2: writes a row past its output",
    "https://github.com/uxlfoundation/oneDNN/issues/6035",
    make_bug<WeightGradientWorkspace>,
    true};
}  // namespace convcheck::properties
