// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class F64Accumulator final : public Bug {
 public:
  bool gathers() const override { return true; }
  float reduce(const CallState& /*call*/, std::span<const Product> products,
               float start) const override {
    double sum = start;
    for (const Product& p : products) sum += static_cast<double>(p.a) * p.b;
    return static_cast<float>(sum);
  }
};

}  // namespace

extern const Innocent f64_accumulator_innocent{
    "f64-accumulator", "accumulates in f64 and rounds once", make_bug<F64Accumulator>};
}  // namespace convcheck::properties
