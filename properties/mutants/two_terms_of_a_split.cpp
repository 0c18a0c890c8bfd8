// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TwoTermsOfASplit final : public Bug {
 public:
  float product(float a, float b) const override {
    const float high = cut_to(8, a);
    const float other = cut_to(8, b);
    return high * other + (high * (b - other) + (a - high) * other);
  }
};

}  // namespace

extern const Mutant two_terms_of_a_split_mutant{
    "two-terms-of-a-split", "PREC",
    "splits operands into two bf16 parts each and forgets the product of the small ones",
    "https://github.com/ARM-software/ComputeLibrary/issues/1103", make_bug<TwoTermsOfASplit>};
}  // namespace convcheck::properties
