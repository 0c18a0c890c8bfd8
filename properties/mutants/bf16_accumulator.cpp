// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class Bf16Accumulator final : public Bug {
 public:
  float add(float sum, float term) const override { return cut_to(8, sum + term); }
};

}  // namespace

extern const Mutant bf16_accumulator_mutant{"bf16-accumulator", "PREC", "keeps its sums in bf16",
                                            "https://github.com/sonos/torch-to-nnef/pull/286",
                                            make_bug<Bf16Accumulator>};
}  // namespace convcheck::properties
