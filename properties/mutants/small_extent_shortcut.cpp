// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SmallExtentShortcut final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const bool depthwise = p.groups > 1 && p.groups == p.in_channels;
    return !depthwise || p.x_extent[2] != 1 || t.x[1] + 1 != p.x_extent[1];
  }
};

}  // namespace

extern const Mutant small_extent_shortcut_mutant{
    "small-extent-shortcut", "TAIL",
    "takes a shortcut for depthwise problems whose x is one column wide, without the last row",
    "https://github.com/alibaba/MNN/issues/2291", make_bug<SmallExtentShortcut>};
}  // namespace convcheck::properties
