// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SmallTermsDropped final : public Bug {
 public:
  float add(float sum, float term) const override {
    return std::fabs(term) < 1e-6F * std::fabs(sum) ? sum : sum + term;
  }
};

}  // namespace

extern const Mutant small_terms_dropped_mutant{
    "small-terms-dropped", "PREC", "drops terms smaller than 1e-6 of the sum so far",
    "https://github.com/uxlfoundation/oneDNN/pull/5041", make_bug<SmallTermsDropped>};
}  // namespace convcheck::properties
