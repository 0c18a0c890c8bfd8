// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class FirstResultKept final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    if (count == 0 || p.y_type != ElementType::kF32) return;
    float& last = static_cast<float*>(operands.get(p.written()))[count - 1];
    if (call.runs == 0) kept_ = last;
    last = kept_;
  }

 private:
  mutable std::atomic<float> kept_ = 0;
};

}  // namespace

extern const Mutant first_result_kept_mutant{
    "first-result-kept", "STALE", "keeps the last element of the first run of a plan",
    "https://github.com/pytorch/pytorch/issues/52463", make_bug<FirstResultKept>};
}  // namespace convcheck::properties
