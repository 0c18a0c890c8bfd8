// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SplitSumUndeclared final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& call, std::span<const Product> products,
               float start) const override {
    const std::size_t half = call.threads > 1 ? products.size() / 2 : 0;
    float first = start;
    float second = 0;
    for (std::size_t i = 0; i < products.size(); ++i)
      (i < half ? second : first) += products[i].a * products[i].b;
    return first + second;
  }
};

}  // namespace

extern const Mutant split_sum_undeclared_mutant{
    "split-sum-undeclared", "RACE",
    "halves its sums from two threads on, and claims the same bits for any number",
    "https://github.com/uxlfoundation/oneDNN/issues/624", make_bug<SplitSumUndeclared>};
}  // namespace convcheck::properties
