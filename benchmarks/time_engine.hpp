// SPDX-License-Identifier: Apache-2.0
// Times an engine in the process where it lives: what a worker does with a timing request.
#pragma once

#include <memory>

#include "core/case.hpp"
#include "core/engine.hpp"
#include "core/timing.hpp"

namespace convcheck::benchmarks {

/// The timing hook of a worker, and of a runner in this process.
///
/// A call prepares and packs, unless the case has the chain, threads and layout of the call before
/// (then prepare_seconds is 0, and pack_seconds as well if the operands are the same bytes), places
/// the operands, and times one block as a Google Benchmark run.
///
/// One problem: the operands are in the layouts of the plan, so that with LayoutChoice::kPreferred
/// conversions stay outside, unless the request wants them inside; the weights of conv and deconv
/// are converted when packed. A chain: its operands and intermediate results are plain, and what
/// conversions its plans need are always inside.
///
/// Copies share the plan. One call at a time; the engine of the call before must still exist.
class EngineTimer {
 public:
  EngineTimer();

  /// kUnsupported, kEngineFailed: as the engine says; kBadInput for operands that are not those of
  /// the chain; kIo without memory. A first call longer than budget_seconds is over budget.
  Result<Timing> operator()(Engine&, const Case&, const TimingRequest&);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convcheck::benchmarks
