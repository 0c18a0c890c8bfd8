// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class FirstRun final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& call, const Operands& operands) const override {
    if (call.runs == 0) spoil(p, operands, 0, [](float v) { return v / 2; });
  }
};

}  // namespace

extern const Mutant first_run_mutant{
    "first-run", "STALE", "the first run of a plan halves the first element",
    "https://github.com/opencv/opencv/issues/20833", make_bug<FirstRun>};
}  // namespace convcheck::properties
