// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SumCutAtBlocks final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t i = 0; i < products.size(); ++i) {
      sum += products[i].a * products[i].b;
      if (i % 32 == 31) sum = cut_to(16, sum);
    }
    return sum;
  }
};

}  // namespace

extern const Mutant sum_cut_at_blocks_mutant{
    "sum-cut-at-blocks", "PREC", "cuts the sum to 16 bits whenever it has added 32 terms",
    "https://github.com/sonos/torch-to-nnef/pull/286", make_bug<SumCutAtBlocks>};
}  // namespace convcheck::properties
