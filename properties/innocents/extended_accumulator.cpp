// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class ExtendedAccumulator final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    long double sum = start;
    for (const Product& p : products) sum += static_cast<long double>(p.a) * p.b;
    return static_cast<float>(sum);
  }
};

}  // namespace

extern const Innocent extended_accumulator_innocent{"extended-accumulator",
                                                    "accumulates in the widest type of the machine",
                                                    make_bug<ExtendedAccumulator>};
}  // namespace convcheck::properties
