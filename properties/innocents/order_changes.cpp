// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class OrderChanges final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& /*p*/) const override {
    return {AlgorithmClass::kDirect, std::nullopt, false, false, false};
  }

  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    const std::size_t from =
        products.empty() ? 0 : static_cast<std::size_t>(turns_++) % products.size();
    float sum = start;
    for (std::size_t i = 0; i < products.size(); ++i) {
      const Product& p = products[(from + i) % products.size()];
      sum += p.a * p.b;
    }
    return sum;
  }

 private:
  mutable std::atomic<std::uint64_t> turns_ = 0;
};

}  // namespace

extern const Innocent order_changes_innocent{
    "order-changes", "adds in another order from run to run, and says so", make_bug<OrderChanges>};
}  // namespace convcheck::properties
