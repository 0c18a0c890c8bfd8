// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SignedReadAsUnsigned final : public Bug {
 public:
  float operand(const ConvProblem& p, Role role, float stored) const override {
    return Bug::operand(
        p, role,
        role == Role::kW && p.w_type == ElementType::kS8 && stored < 0 ? stored + 256 : stored);
  }
};

}  // namespace

extern const Mutant signed_read_as_unsigned_mutant{
    "signed-read-as-unsigned", "INT8", "reads s8 weights as u8",
    "https://github.com/uxlfoundation/oneDNN/issues/2675", make_bug<SignedReadAsUnsigned>};
}  // namespace convcheck::properties
