// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"
#include "properties/planted_winograd.hpp"

namespace convcheck::properties {
namespace {

class WinogradOddWidth final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& p) const override { return winograd_claim(p); }

  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    return winograd_tiles(p, operands, results, {.whole_tiles_only = true});
  }
};

}  // namespace

extern const Mutant winograd_odd_width_mutant{
    "winograd-odd-width", "WINO", "Winograd: leaves the last column of an odd width at the bias",
    "https://github.com/ARM-software/ComputeLibrary/issues/1103", make_bug<WinogradOddWidth>};
}  // namespace convcheck::properties
