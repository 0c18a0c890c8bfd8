// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"
#include "properties/planted_winograd.hpp"

namespace convcheck::properties {
namespace {

class WinogradPaddingConstant final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& p) const override { return winograd_claim(p); }

  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    return winograd_tiles(p, operands, results, {.padding = 1});
  }
};

}  // namespace

extern const Mutant winograd_padding_constant_mutant{
    "winograd-padding-constant", "WINO", "Winograd: pads by 1 whatever the problem says",
    "https://github.com/apache/tvm/pull/4260", make_bug<WinogradPaddingConstant>};
}  // namespace convcheck::properties
