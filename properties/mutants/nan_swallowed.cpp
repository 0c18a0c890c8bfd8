// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class NanSwallowed final : public Bug {
 public:
  float product(float a, float b) const override { return std::isnan(a * b) ? 0 : a * b; }
};

}  // namespace

extern const Mutant nan_swallowed_mutant{
    "nan-swallowed", "NAN", "takes a product that is NaN for zero",
    "https://github.com/tracel-ai/burn/issues/5385", make_bug<NanSwallowed>};
}  // namespace convcheck::properties
