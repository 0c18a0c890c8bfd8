// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class OneInAMillion final : public Bug {
 public:
  float product(float a, float b) const override { return a * b * 1.000001F; }
};

}  // namespace

extern const Mutant one_in_a_million_mutant{
    "one-in-a-million", "PREC", "every product is too large by 1e-6",
    "https://github.com/apache/tvm/pull/13117", make_bug<OneInAMillion>};
}  // namespace convcheck::properties
