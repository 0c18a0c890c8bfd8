// SPDX-License-Identifier: Apache-2.0
// Runners and engines that tests of laws share.
#pragma once

#include <functional>
#include <utility>

#include "core/case.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {

/// Answers every case with what a function makes of the oracle's outcome.
class ScriptedRunner final : public Runner {
 public:
  using Answer = std::function<Outcome(const Case&, Outcome correct)>;
  explicit ScriptedRunner(Answer answer) : answer_(std::move(answer)) { info_.name = "scripted"; }

  [[nodiscard]] const EngineInfo& engine() const override { return info_; }
  Status supports(const Chain& chain) override { return validate(chain); }
  Outcome run(const Case& c) override {
    ++runs;
    Outcome outcome;
    outcome.claim = {AlgorithmClass::kExact, std::nullopt, true, true, false};
    auto solved = reference::solve_chain(c.chain, c.operands);
    if (!solved) {
      outcome.kind = OutcomeKind::kRefused;
      outcome.reason = solved.error().message;
    } else {
      outcome.output = std::move(solved->last.value);
    }
    return answer_(c, std::move(outcome));
  }
  Result<Timing> time(const Case&, const TimingRequest&) override {
    return fail(ErrorCode::kUnsupported, "a scripted runner is not timed");
  }

  std::int64_t runs = 0;

 private:
  EngineInfo info_;
  Answer answer_;
};

/// Right about everything.
inline ScriptedRunner correct_runner() {
  return ScriptedRunner([](const Case&, Outcome correct) { return correct; });
}

}  // namespace convcheck::properties
