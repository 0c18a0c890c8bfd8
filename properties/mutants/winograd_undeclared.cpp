// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"
#include "properties/planted_winograd.hpp"

namespace convcheck::properties {
namespace {

class WinogradUndeclared final : public Bug {
 public:
  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    return winograd_tiles(p, operands, results, {});
  }
};

}  // namespace

extern const Mutant winograd_undeclared_mutant{
    "winograd-undeclared", "WINO", "computes F(2x2,3x3) and claims to be direct",
    "https://github.com/apache/tvm/pull/13117", make_bug<WinogradUndeclared>};
}  // namespace convcheck::properties
