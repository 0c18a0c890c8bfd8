// SPDX-License-Identifier: Apache-2.0
#include "core/tensor.hpp"
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class HalfAccumulator final : public Bug {
 public:
  float add(float sum, float term) const override {
    return static_cast<float>(f16_to_double(f16_from_double(sum + term)));
  }
};

}  // namespace

extern const Mutant half_accumulator_mutant{"half-accumulator", "PREC", "accumulates in binary16",
                                            "https://github.com/sonos/torch-to-nnef/pull/286",
                                            make_bug<HalfAccumulator>};
}  // namespace convcheck::properties
