// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class Tf32Operands final : public Bug {
 public:
  float product(float a, float b) const override { return cut_to(11, a) * cut_to(11, b); }
};

}  // namespace

extern const Mutant tf32_operands_mutant{
    "tf32-operands", "PREC", "cuts its operands to 11 significant bits and claims direct f32",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<Tf32Operands>};
}  // namespace convcheck::properties
