// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class LostUpdate final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    if (runs_++ % 5 == 4) spoil(p, operands, -1, [](float v) { return v / 2; });
  }

 private:
  mutable std::atomic<std::int64_t> runs_ = 0;
};

}  // namespace

extern const Mutant lost_update_mutant{
    "lost-update", "RACE", "one run in five of the library loses an update of the last element",
    "https://github.com/PaddlePaddle/Paddle-Lite/issues/943", make_bug<LostUpdate>};
}  // namespace convcheck::properties
