// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class CircularWrapsOnce final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t i = unpadded_index(p, t, 2);
    return p.padding_mode != PaddingMode::kCircular ||
           (i >= -p.x_extent[2] && i < 2 * p.x_extent[2]);
  }
};

}  // namespace

extern const Mutant circular_wraps_once_mutant{
    "circular-wraps-once", "PAD",
    "circular padding wraps once and leaves out what lies farther away",
    "https://github.com/opencv/opencv/issues/10683", make_bug<CircularWrapsOnce>};
}  // namespace convcheck::properties
