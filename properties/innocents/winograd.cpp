// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"
#include "properties/planted_winograd.hpp"

namespace convcheck::properties {
namespace {

class Winograd final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& p) const override { return winograd_claim(p); }

  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    return winograd_tiles(p, operands, results, {});
  }
};

}  // namespace

extern const Innocent winograd_innocent{"winograd", "computes tiles of 2x2 outputs, and says so",
                                        make_bug<Winograd>};
}  // namespace convcheck::properties
