// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class AlignedLoad final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& operands) const override {
    if (reinterpret_cast<std::uintptr_t>(operands.get(p.data_input())) % 16 != 0)
      std::raise(SIGSEGV);
    return {};
  }
};

}  // namespace

extern const Mutant aligned_load_mutant{
    "aligned-load",
    "ALIGN",
    "loads its data by an instruction that faults at an odd address",
    "https://github.com/pytorch/FBGEMM/pull/60",
    make_bug<AlignedLoad>,
    true};
}  // namespace convcheck::properties
