// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class InputModified final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    if (element_count(p.shape(p.data_input())) > 0)
      static_cast<float*>(operands.get(p.data_input()))[0] += 1;
  }
};

}  // namespace

extern const Mutant input_modified_mutant{"input-modified",
                                          "INMOD",
                                          "uses the data it was given as its own buffer",
                                          "https://github.com/tiny-dnn/tiny-dnn/pull/298",
                                          make_bug<InputModified>,
                                          true};
}  // namespace convcheck::properties
