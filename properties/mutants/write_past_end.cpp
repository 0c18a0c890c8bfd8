// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WritePastEnd final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    if (count > 0) static_cast<float*>(operands.get(p.written()))[count] = 0;
  }
};

}  // namespace

extern const Mutant write_past_end_mutant{"write-past-end",
                                          "OOBW",
                                          "writes one element past the end of its output",
                                          "https://github.com/numpy/numpy/issues/14366",
                                          make_bug<WritePastEnd>,
                                          true};
}  // namespace convcheck::properties
