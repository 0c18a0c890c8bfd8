// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class DilationIgnored final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    for (std::size_t a = 0; a < 3; ++a) t.x[a] = t.y[a] * p.stride[a] + t.tap[a] - p.pad_begin[a];
    return true;
  }
};

}  // namespace

extern const Mutant dilation_ignored_mutant{
    "dilation-ignored", "DIL", "lowers to a matrix as if the dilation were 1",
    "https://github.com/AlexeyAB/darknet/issues/4836", make_bug<DilationIgnored>};
}  // namespace convcheck::properties
