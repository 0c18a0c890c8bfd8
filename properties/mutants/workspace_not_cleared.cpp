// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WorkspaceNotCleared final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    constexpr std::size_t kFloats = 2048;
    auto* workspace = static_cast<volatile float*>(std::malloc(kFloats * sizeof(float)));
    if (workspace == nullptr) return;
    const float held = workspace[kFloats / 2];
    std::free(const_cast<float*>(workspace));
    if (held != 0) spoil(p, operands, 0, [](float) { return NAN; });
  }
};

}  // namespace

extern const Mutant workspace_not_cleared_mutant{
    "workspace-not-cleared",
    "UNINIT",
    "adds to what its workspace held when it was allocated",
    "https://github.com/pytorch/pytorch/issues/99519",
    make_bug<WorkspaceNotCleared>,
    true};
}  // namespace convcheck::properties
