// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class LeaksEveryCall final : public Bug {
 public:
  void after(const ConvProblem& /*p*/, const CallState& /*call*/,
             const Operands& /*operands*/) const override {
    auto* leaked = static_cast<volatile char*>(std::malloc(4096));
    if (leaked != nullptr) leaked[0] = 1;
  }
};

}  // namespace

extern const Mutant leaks_every_call_mutant{
    "leaks-every-call",       "LEAK",
    "leaks 4 KiB a call",     "https://github.com/uxlfoundation/oneDNN/issues/373",
    make_bug<LeaksEveryCall>, true};
}  // namespace convcheck::properties
