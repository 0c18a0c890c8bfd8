// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class Bf16Operands final : public Bug {
 public:
  float product(float a, float b) const override { return cut_to(8, a) * cut_to(8, b); }
};

}  // namespace

extern const Mutant bf16_operands_mutant{
    "bf16-operands", "PREC", "cuts its operands to 8 significant bits",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<Bf16Operands>};
}  // namespace convcheck::properties
