// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class SignsApart final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float positive = 0;
    float others = start;
    for (const Product& p : products) (p.a * p.b > 0 ? positive : others) += p.a * p.b;
    return positive + others;
  }
};

}  // namespace

extern const Innocent signs_apart_innocent{
    "signs-apart", "adds what is positive and what is negative apart", make_bug<SignsApart>};
}  // namespace convcheck::properties
