// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class CrashesAtThreeOutputs final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& /*operands*/) const override {
    if (p.out_channels == 3 && p.w_extent[1] >= 5) std::raise(SIGSEGV);
    return {};
  }
};

}  // namespace

extern const Mutant crashes_at_three_outputs_mutant{
    "crashes-at-three-outputs",
    "CRASH",
    "three output channels, kernels of five and more: writes to address 0",
    "https://github.com/uxlfoundation/oneDNN/issues/323",
    make_bug<CrashesAtThreeOutputs>,
    true};
}  // namespace convcheck::properties
