// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class PairwiseDeclared final : public Bug {
 public:
  bool gathers() const override { return true; }
  [[nodiscard]] Claim claim(const ConvProblem& p) const override {
    return {AlgorithmClass::kDirect, std::bit_width(static_cast<std::uint64_t>(p.term_count())) + 1,
            true, true, false};
  }

  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    return start + pairwise_sum(products);
  }
};

}  // namespace

extern const Innocent pairwise_declared_innocent{"pairwise-declared",
                                                 "adds in a binary tree and declares its height",
                                                 make_bug<PairwiseDeclared>};
}  // namespace convcheck::properties
