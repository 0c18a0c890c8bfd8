// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class ReadSlack final : public Bug {
 public:
  OperandDemands demands() const override { return {1, 16}; }
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const auto* data = static_cast<const volatile char*>(operands.get(p.data_input()));
    static_cast<void>(*(data +
                        element_count(p.shape(p.data_input())) *
                            static_cast<std::int64_t>(size_bytes(p.type(p.data_input()))) +
                        15));
  }
};

}  // namespace

extern const Innocent read_slack_innocent{
    "read-slack", "reads 16 bytes past the end of its data, as it declares", make_bug<ReadSlack>};
}  // namespace convcheck::properties
