// SPDX-License-Identifier: Apache-2.0
// Runs cases on an engine in this process: fast, for engines that keep their contract.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/case.hpp"
#include "core/chain_plan.hpp"
#include "peers/held_problems.hpp"
#include "peers/timing_hook.hpp"

namespace convcheck::peers {

/// Honours threads, layout, poison, prior calls and concurrent calls of an environment; places no
/// guards. Checks that every element of the output is written and that no input changes. Keeps the
/// plans of the last few chains, so a law that runs one chain on many data prepares it once.
class InProcessRunner final : public Runner {
 public:
  /// `timing` may be empty; time() is an error then.
  explicit InProcessRunner(std::unique_ptr<Engine> engine, TimingHook timing = {});
  ~InProcessRunner() override;

  [[nodiscard]] const EngineInfo& engine() const override { return engine_->info(); }
  Status supports(const Chain&) override;
  Outcome run(const Case&) override;
  std::shared_ptr<HeldProblem> hold(const ConvProblem&) override;
  Result<Timing> time(const Case&, const TimingRequest&) override;

 private:
  struct Prepared;
  Result<Prepared*> prepared(const Chain&, const Environment&);
  Outcome run_prepared(Prepared&, const Case&);

  std::unique_ptr<Engine> engine_;
  TimingHook timing_;
  std::vector<std::unique_ptr<Prepared>> cache_;  // Most recent first.
  std::vector<std::byte> input_copies_;
  HeldProblems held_;
};

}  // namespace convcheck::peers
