// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OrderByChance final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    const bool backwards = runs_++ % 2 != 0;
    float sum = start;
    for (std::size_t i = 0; i < products.size(); ++i) {
      const Product& p = products[backwards ? products.size() - 1 - i : i];
      sum += p.a * p.b;
    }
    return sum;
  }

 private:
  mutable std::atomic<std::int64_t> runs_ = 0;
};

}  // namespace

extern const Mutant order_by_chance_mutant{
    "order-by-chance", "RACE", "sums in another order from run to run, and claims the same bits",
    "https://github.com/FluxML/NNlib.jl/issues/203", make_bug<OrderByChance>};
}  // namespace convcheck::properties
