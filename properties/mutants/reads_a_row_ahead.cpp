// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ReadsARowAhead final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t end = element_count(p.shape(p.data_input())) + p.x_extent[2] - 1;
    static_cast<void>(*(static_cast<const volatile float*>(operands.get(p.data_input())) + end));
  }
};

}  // namespace

extern const Mutant reads_a_row_ahead_mutant{
    "reads-a-row-ahead",
    "OOBR",
    "loads a row below the last one of its data without using it",
    "https://github.com/ROCm/MIOpen/issues/264",
    make_bug<ReadsARowAhead>,
    true};
}  // namespace convcheck::properties
