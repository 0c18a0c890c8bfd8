// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class EmptyBatchCrashes final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& /*operands*/) const override {
    if (p.batch == 0) std::raise(SIGFPE);
    return {};
  }
};

}  // namespace

extern const Mutant empty_batch_crashes_mutant{
    "empty-batch-crashes",
    "ZERO",
    "divides by the number of images",
    "https://github.com/tensorflow/tensorflow/pull/49331",
    make_bug<EmptyBatchCrashes>,
    true};
}  // namespace convcheck::properties
