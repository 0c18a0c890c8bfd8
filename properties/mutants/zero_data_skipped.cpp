// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ZeroDataSkipped final : public Bug {
 public:
  float product(float a, float b) const override { return a == 0 ? 0 : a * b; }
};

}  // namespace

extern const Mutant zero_data_skipped_mutant{
    "zero-data-skipped", "NAN",
    "skips products whose data are zero, so that 0 * Inf counts nothing",
    "https://github.com/tracel-ai/burn/pull/5394", make_bug<ZeroDataSkipped>};
}  // namespace convcheck::properties
