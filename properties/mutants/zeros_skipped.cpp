// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ZerosSkipped final : public Bug {
 public:
  float product(float a, float b) const override { return b == 0 ? 0 : a * b; }
};

}  // namespace

extern const Mutant zeros_skipped_mutant{
    "zeros-skipped", "NAN", "skips products with a zero weight, so that 0 * Inf counts nothing",
    "https://github.com/tracel-ai/burn/issues/5385", make_bug<ZerosSkipped>};
}  // namespace convcheck::properties
