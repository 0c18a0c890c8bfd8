// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"
#include "properties/planted_winograd.hpp"

namespace convcheck::properties {
namespace {

class WinogradOverlap final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& p) const override { return winograd_claim(p); }

  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    return winograd_tiles(p, operands, results, {.step = 3});
  }
};

}  // namespace

extern const Mutant winograd_overlap_mutant{
    "winograd-overlap", "WINO", "Winograd: tiles overlap by one column instead of two",
    "https://github.com/apache/tvm/pull/4276", make_bug<WinogradOverlap>};
}  // namespace convcheck::properties
