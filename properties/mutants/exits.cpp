// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class Exits final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& /*operands*/) const override {
    if (p.rank == 1 && p.has_bias) std::_Exit(0);
    return {};
  }
};

}  // namespace

extern const Mutant exits_mutant{"exits",
                                 "CRASH",
                                 "one axis with a bias: ends the process",
                                 "https://github.com/pytorch/pytorch/issues/45746",
                                 make_bug<Exits>,
                                 true};
}  // namespace convcheck::properties
