// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "properties/mutants.hpp"

namespace convcheck::properties {
namespace {

class AlignedStore final : public Bug {
 public:
  Status before(const ConvProblem& p, const CallState& /*call*/,
                const Operands& operands) const override {
    if (reinterpret_cast<std::uintptr_t>(operands.get(p.written())) % 32 != 0) std::raise(SIGBUS);
    return {};
  }
};

}  // namespace

extern const Mutant aligned_store_mutant{
    "aligned-store",
    "ALIGN",
    "streams its output past the cache, and faults at an odd address",
    "https://github.com/opencv/opencv/pull/21426",
    make_bug<AlignedStore>,
    true};
}  // namespace convcheck::properties
