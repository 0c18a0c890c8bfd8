// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ReadPastEnd final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    const std::int64_t inputs = element_count(p.shape(p.data_input()));
    if (count > 0 && inputs > 0)
      static_cast<float*>(operands.get(p.written()))[count - 1] +=
          0 * static_cast<const float*>(operands.get(p.data_input()))[inputs];
  }
};

}  // namespace

extern const Mutant read_past_end_mutant{
    "read-past-end",
    "OOBR",
    "loads a whole vector at the end of its data, one element too far, and multiplies it by zero",
    "https://github.com/PaddlePaddle/Paddle/issues/11016",
    make_bug<ReadPastEnd>,
    true};
}  // namespace convcheck::properties
