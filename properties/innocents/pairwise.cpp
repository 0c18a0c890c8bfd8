// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Pairwise final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    return start + pairwise_sum(products);
  }
};

}  // namespace

extern const Innocent pairwise_innocent{"pairwise", "adds in a binary tree", make_bug<Pairwise>};
}  // namespace convcheck::properties
