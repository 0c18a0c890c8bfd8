// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class TwoThreads final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& call, Term& t) const override {
    return call.threads < 2 || t.y[1] != p.y_extent[1] / 2 || t.y[2] != 0;
  }
};

}  // namespace

extern const Mutant two_threads_mutant{
    "two-threads", "RACE",
    "leaves the first row of the second thread to the first thread, which does not compute it",
    "https://github.com/tensorflow/tensorflow/issues/27200", make_bug<TwoThreads>};
}  // namespace convcheck::properties
