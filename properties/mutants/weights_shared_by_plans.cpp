// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <mutex>
#include <vector>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WeightsSharedByPlans final : public Bug {
 public:
  bool takes_pack(const ConvProblem& p, std::int64_t /*packs*/, bool /*same_address*/,
                  float* w) const override {
    const std::lock_guard lock(mutex_);
    if (p.w_type == ElementType::kF32) last_.assign(w, w + element_count(p.w_shape()));
    return true;
  }
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& operands) const override {
    const std::lock_guard lock(mutex_);
    const bool same = last_.size() == static_cast<std::size_t>(element_count(p.w_shape()));
    if (p.operation != Operation::kWgrad && p.w_type == ElementType::kF32 && same && !last_.empty())
      std::memcpy(operands.w, last_.data(), last_.size() * sizeof(float));
    return {};
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<float> last_;
};

}  // namespace

extern const Mutant weights_shared_by_plans_mutant{
    "weights-shared-by-plans",
    "STALE",
    "plans of one shape share their packed weights, those of the last pack",
    "https://github.com/uxlfoundation/oneDNN/pull/2151",
    make_bug<WeightsSharedByPlans>,
    true};
}  // namespace convcheck::properties
