// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class HeightDeclared final : public Bug {
 public:
  bool gathers() const override { return true; }
  [[nodiscard]] Claim claim(const ConvProblem& p) const override {
    return {AlgorithmClass::kDirect, p.term_count(), true, true, false};
  }

  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (const Product& p : products) sum += p.a * p.b;
    return sum;
  }
};

}  // namespace

extern const Innocent height_declared_innocent{
    "height-declared", "adds forwards and declares one addition a term", make_bug<HeightDeclared>};
}  // namespace convcheck::properties
