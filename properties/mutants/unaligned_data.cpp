// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class UnalignedData final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    if (reinterpret_cast<std::uintptr_t>(operands.get(p.data_input())) % 64 != 0)
      spoil(p, operands, 0, [](float v) { return v + 1; });
  }
};

}  // namespace

extern const Mutant unaligned_data_mutant{
    "unaligned-data",
    "ALIGN",
    "rounds the address of its data down to a multiple of 64: wrong values where it is none",
    "https://github.com/intel/torch-xpu-ops/issues/3105",
    make_bug<UnalignedData>,
    true};
}  // namespace convcheck::properties
