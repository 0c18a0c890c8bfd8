// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ReflectRepeatsBorder final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t i = unpadded_index(p, t, 2);
    if (p.padding_mode == PaddingMode::kReflect && i < 0) t.x[2] = -i - 1;
    return true;
  }
};

}  // namespace

extern const Mutant reflect_repeats_border_mutant{
    "reflect-repeats-border", "PAD", "reflects with the border counted twice",
    "https://github.com/opencv/opencv/issues/13179", make_bug<ReflectRepeatsBorder>};
}  // namespace convcheck::properties
