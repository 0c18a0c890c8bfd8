// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cfloat>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class InfinityClamped final : public Bug {
 public:
  float add(float sum, float term) const override {
    return std::clamp(sum + term, -FLT_MAX, FLT_MAX);
  }
};

}  // namespace

extern const Mutant infinity_clamped_mutant{
    "infinity-clamped", "NAN", "clamps its sums to the largest finite number",
    "https://github.com/microsoft/onnxruntime/issues/16105", make_bug<InfinityClamped>};
}  // namespace convcheck::properties
