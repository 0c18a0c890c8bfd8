// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class ThreadsDecide final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& /*p*/) const override {
    return {AlgorithmClass::kDirect, std::nullopt, false, true, false};
  }

  bool gathers() const override { return true; }
  float reduce(const CallState& call, std::span<const Product> products,
               float start) const override {
    const auto parts = static_cast<std::size_t>(call.threads);
    float sum = start;
    for (std::size_t part = 0; part < parts; ++part) {
      float own = 0;
      for (std::size_t i = part; i < products.size(); i += parts)
        own += products[i].a * products[i].b;
      sum += own;
    }
    return sum;
  }
};

}  // namespace

extern const Innocent threads_decide_innocent{
    "threads-decide", "splits sums among its threads, and says so", make_bug<ThreadsDecide>};
}  // namespace convcheck::properties
