// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WriteBeforeBegin final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    if (element_count(p.shape(p.written())) > 0)
      static_cast<float*>(operands.get(p.written()))[-1] = 0;
  }
};

}  // namespace

extern const Mutant write_before_begin_mutant{"write-before-begin",
                                              "OOBW",
                                              "clears the element before its output",
                                              "https://github.com/uxlfoundation/oneDNN/issues/6035",
                                              make_bug<WriteBeforeBegin>,
                                              true};
}  // namespace convcheck::properties
