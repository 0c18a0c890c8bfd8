// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class WritesWholeVectors final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::int64_t count = element_count(p.shape(p.written()));
    for (std::int64_t i = count; i % 4 != 0; ++i)
      static_cast<float*>(operands.get(p.written()))[i] = 0;
  }
};

}  // namespace

extern const Mutant writes_whole_vectors_mutant{
    "writes-whole-vectors",
    "OOBW",
    "stores its last elements in fours, past the end of the output",
    "https://github.com/ermig1979/Simd/issues/42",
    make_bug<WritesWholeVectors>,
    true};
}  // namespace convcheck::properties
