// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ReadBeforeBegin final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    const std::int64_t inputs = element_count(p.shape(p.data_input()));
    if (count > 0 && inputs > 0 && p.pad_begin[2] > 0)
      static_cast<float*>(operands.get(p.written()))[0] +=
          0 * static_cast<const float*>(operands.get(p.data_input()))[-1];
  }
};

}  // namespace

extern const Mutant read_before_begin_mutant{
    "read-before-begin",
    "OOBR",
    "loads the element before its data for a padded first tap, and multiplies it by zero",
    "https://github.com/openxla/xla/issues/48713",
    make_bug<ReadBeforeBegin>,
    true};
}  // namespace convcheck::properties
