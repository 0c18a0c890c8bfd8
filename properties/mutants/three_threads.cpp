// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class ThreeThreads final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& call, Term& t) const override {
    return call.threads != 3 || t.y[1] + 1 != p.y_extent[1] || t.y[2] + 1 != p.y_extent[2];
  }
};

}  // namespace

extern const Mutant three_threads_mutant{
    "three-threads", "RACE", "three threads: the last row belongs to nobody",
    "https://github.com/PaddlePaddle/Paddle-Lite/issues/943", make_bug<ThreeThreads>};
}  // namespace convcheck::properties
