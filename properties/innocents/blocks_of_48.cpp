// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class BlocksOf48 final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    float sum = start;
    for (std::size_t begin = 0; begin < products.size(); begin += 48) {
      float block = 0;
      for (const Product& p :
           products.subspan(begin, std::min<std::size_t>(48, products.size() - begin)))
        block += p.a * p.b;
      sum += block;
    }
    return sum;
  }
};

}  // namespace

extern const Innocent blocks_of_48_innocent{
    "blocks-of-48", "adds blocks of 48 terms and then the blocks", make_bug<BlocksOf48>};
}  // namespace convcheck::properties
