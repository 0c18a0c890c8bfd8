// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class Bf16Operands final : public Bug {
 public:
  float product(float a, float b) const override { return cut(a) * cut(b); }

 private:
  static float cut(float v) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(v) & 0xffff0000U);
  }
};

}  // namespace

extern const Mutant bf16_operands_mutant{
    "bf16-operands", "PREC", "cuts its operands to 8 significant bits",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<Bf16Operands>};
}  // namespace convcheck::properties
