// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <thread>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SharedScratchpad final : public Bug {
 public:
  Status before(const ConvProblem& /*p*/, const CallState& /*call*/,
                const Operands& /*operands*/) const override {
    if (running_++ > 0) collided_ = true;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    return {};
  }

  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    if (collided_) spoil(p, operands, 0, [](float v) { return v + 1; });
    if (--running_ == 0) collided_ = false;
  }

 private:
  mutable std::atomic<int> running_ = 0;
  mutable std::atomic<bool> collided_ = false;
};

}  // namespace

extern const Mutant shared_scratchpad_mutant{"shared-scratchpad",
                                             "RACE",
                                             "plans that run at the same time share a scratchpad",
                                             "https://github.com/uxlfoundation/oneDNN/issues/199",
                                             make_bug<SharedScratchpad>,
                                             true};
}  // namespace convcheck::properties
