// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Aligned final : public Bug {
 public:
  OperandDemands demands() const override { return {64, 0}; }
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& operands) const override {
    if (reinterpret_cast<std::uintptr_t>(operands.get(p.data_input())) % 64 != 0)
      return fail(ErrorCode::kEngineFailed, "an address that was declared unfit");
    return {};
  }
};

}  // namespace

extern const Innocent aligned_innocent{
    "aligned", "faults at addresses that are no multiple of 64, as it declares", make_bug<Aligned>};
}  // namespace convcheck::properties
