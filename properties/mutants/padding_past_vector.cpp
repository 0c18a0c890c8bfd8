// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class PaddingPastVector final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    if (t.y[2] >= 4 && t.y[2] < p.pad_begin[2] && unpadded_index(p, t, 2) < 0) t.x[2] = 0;
    return true;
  }
};

}  // namespace

extern const Mutant padding_past_vector_mutant{"padding-past-vector", "PAD",
                                               "takes output columns from the fifth on for free of "
                                               "padding, and reads the first column of x there",
                                               "https://github.com/modular/modular/pull/6508",
                                               make_bug<PaddingPastVector>};
}  // namespace convcheck::properties
