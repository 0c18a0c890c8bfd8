// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class NegativePaddingIgnored final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (p.pad_begin[2] < 0) t.x[2] += p.pad_begin[2];
    return true;
  }
};

}  // namespace

extern const Mutant negative_padding_ignored_mutant{
    "negative-padding-ignored", "STRIDE", "takes a negative padding for none",
    "https://github.com/tensorflow/tensorflow/issues/14601", make_bug<NegativePaddingIgnored>};
}  // namespace convcheck::properties
