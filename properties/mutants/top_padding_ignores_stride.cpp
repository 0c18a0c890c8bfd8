// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TopPaddingIgnoresStride final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t skipped = p.pad_begin[1] - t.y[1];
    return t.tap[1] * p.dilation[1] >= skipped;
  }
};

}  // namespace

extern const Mutant top_padding_ignores_stride_mutant{
    "top-padding-ignores-stride", "PAD",
    "counts the rows of top padding as max(0, pad - oh), which is right for stride 1 only",
    "https://github.com/uxlfoundation/oneDNN/pull/4081", make_bug<TopPaddingIgnoresStride>};
}  // namespace convcheck::properties
