// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TapInEightBits final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& /*call*/, Term& t) const override {
    const std::int64_t tap = (t.tap[1] * p.w_extent[2] + t.tap[2]) & 0xff;
    t.tap[1] = tap / p.w_extent[2];
    t.tap[2] = tap % p.w_extent[2];
    return true;
  }
};

}  // namespace

extern const Mutant tap_in_eight_bits_mutant{
    "tap-in-eight-bits", "OVF", "keeps the number of a tap in 8 bits",
    "https://github.com/Samsung/ONE/pull/11584", make_bug<TapInEightBits>};
}  // namespace convcheck::properties
