// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class SumsOfSixteenBits final : public Bug {
 public:
  float add(float sum, float term) const override {
    const float s = sum + term;
    return s == std::trunc(s) && std::fabs(s) > 32767 && std::fabs(s) < 0x1p24F
               ? s - std::copysign(65536.0F, s)
               : s;
  }
};

}  // namespace

extern const Mutant sums_of_sixteen_bits_mutant{
    "sums-of-sixteen-bits", "INT8", "keeps integer sums in 16 bits",
    "https://github.com/Tencent/ncnn/issues/3122", make_bug<SumsOfSixteenBits>};
}  // namespace convcheck::properties
