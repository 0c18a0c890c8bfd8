// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class MoreThreadsThanRows final : public Bug {
 public:
  bool visit(const ConvProblem& p, const CallState& call, Term& t) const override {
    return call.threads <= p.y_extent[1] + 2 || t.y[2] != 1 || t.tap[2] != 0;
  }
};

}  // namespace

extern const Mutant more_threads_than_rows_mutant{
    "more-threads-than-rows", "RACE", "more threads than rows: the second column belongs to nobody",
    "https://github.com/tensorflow/tensorflow/issues/27200", make_bug<MoreThreadsThanRows>};
}  // namespace convcheck::properties
