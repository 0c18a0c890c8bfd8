// SPDX-License-Identifier: Apache-2.0
// What timing through a worker adds to a call, against a loop in this process. Run it by hand:
// build/release/convcheck_overhead; convcheck must lie beside it.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/prepared_case.hpp"
#include "benchmarks/statistics.hpp"
#include "cli/paths.hpp"
#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "optimized/engine.hpp"
#include "peers/engine_spec.hpp"

namespace convcheck::cli {
namespace {

// Short blocks, so that many of them are not interrupted, and a fastest tenth that stands for
// those.
constexpr double kBlockSeconds = 0.002;
constexpr int kTurns = 31;
constexpr int kLaunches = 21;

// One case of `optimized`, here and in a worker.
struct Both {
  Case c;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<benchmarks::PreparedCase> prepared;
  std::unique_ptr<Runner> runner;
};

Result<Both> make_both(const std::string& problem) {
  Both both;
  CONVCHECK_ASSIGN(NamedChain named, parse_chain(problem));
  both.c.chain = std::move(named.chain);
  both.c.operands = fill_operands(both.c.chain, FillKind::kUniform, 1);
  both.c.environment.layout = LayoutChoice::kPreferred;
  CONVCHECK_ASSIGN(both.engine, optimized::make_engine(""));
  double prepare_seconds = 0;
  CONVCHECK_ASSIGN(both.prepared,
                   benchmarks::PreparedCase::make(
                       *both.engine, both.c.chain,
                       {.threads = 1, .layout = LayoutChoice::kPreferred}, prepare_seconds));
  CONVCHECK_TRY(both.prepared->place(both.c.operands));
  CONVCHECK_TRY(both.prepared->pack());
  CONVCHECK_ASSIGN(const peers::EngineSpec spec, peers::parse_engine_spec("optimized"));
  peers::RunnerOptions options;
  options.worker_executable =
      (std::filesystem::path(executable_path()).parent_path() / "convcheck").string();
  options.built_in = {"optimized"};
  CONVCHECK_ASSIGN(both.runner, peers::make_runner(spec, options));
  return both;
}

Result<double> seconds_per_call_here(benchmarks::PreparedCase& prepared, std::int64_t calls) {
  for (std::int64_t i = 0; i <= calls / 20; ++i) CONVCHECK_TRY(prepared.run());
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < calls; ++i) {
    if (const Status done = prepared.run(); !done) return tl::unexpected<Error>(done.error());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return seconds / static_cast<double>(calls);
}

Result<double> seconds_per_call_in_worker(Both& both, std::int64_t calls) {
  TimingRequest request;
  request.calls = calls;
  both.runner->resume();
  const Result<Timing> timing = both.runner->time(both.c, request);
  both.runner->pause();
  if (!timing) return tl::unexpected<Error>(timing.error());
  return timing->seconds_per_call;
}

// One launch: seconds a call here and in the worker, of the fastest tenth of the blocks.
Result<std::pair<double, double>> fastest_of_a_launch(const std::string& problem) {
  CONVCHECK_ASSIGN(Both both, make_both(problem));
  CONVCHECK_ASSIGN(const double first, seconds_per_call_here(*both.prepared, 100));
  const auto calls =
      std::max<std::int64_t>(5, static_cast<std::int64_t>(kBlockSeconds / std::max(first, 1e-9)));
  std::vector<double> here;
  std::vector<double> worker;
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto time_here = [&]() -> Status {
      CONVCHECK_ASSIGN(const double seconds, seconds_per_call_here(*both.prepared, calls));
      here.push_back(seconds);
      return {};
    };
    const auto time_worker = [&]() -> Status {
      CONVCHECK_ASSIGN(const double seconds, seconds_per_call_in_worker(both, calls));
      worker.push_back(seconds);
      return {};
    };
    const bool worker_first = turn % 2 == 0;
    CONVCHECK_TRY(worker_first ? time_worker() : time_here());
    CONVCHECK_TRY(worker_first ? time_here() : time_worker());
  }
  return std::pair(benchmarks::quantile(here, 0.1), benchmarks::quantile(worker, 0.1));
}

// Where memory comes to lie differs from launch to launch, here as in a worker: what a worker adds
// is seen over many.
Status measure(const std::string& problem, benchmark::State& state) {
  std::vector<double> here;
  std::vector<double> worker;
  std::vector<double> more;
  for ([[maybe_unused]] auto _ : state) {
    CONVCHECK_ASSIGN(const auto launch, fastest_of_a_launch(problem));
    here.push_back(launch.first);
    worker.push_back(launch.second);
    more.push_back(launch.second - launch.first);
    state.SetIterationTime(launch.second);
  }
  const double base = benchmarks::median(here);
  state.counters["here_ns"] = 1e9 * base;
  state.counters["overhead_ns"] = 1e9 * (benchmarks::median(worker) - base);
  state.counters["overhead_percent"] = 100 * (benchmarks::median(worker) - base) / base;
  state.counters["least_ns"] = 1e9 * benchmarks::quantile(more, 0);
  state.counters["most_ns"] = 1e9 * benchmarks::quantile(more, 1);
  return {};
}

void overhead(benchmark::State& state, const char* problem) {
  if (const Status measured = measure(problem, state); !measured)
    state.SkipWithError(measured.error().message.c_str());
}

BENCHMARK_CAPTURE(overhead, smallest, "mb1ic1ih1oc1kh1")->Iterations(kLaunches)->UseManualTime();
BENCHMARK_CAPTURE(overhead, about_10_us, "mb1ic16ih14oc16kh3ph1")
    ->Iterations(kLaunches)
    ->UseManualTime();
BENCHMARK_CAPTURE(overhead, about_100_us, "mb1ic32ih28oc48kh3ph1")
    ->Iterations(kLaunches)
    ->UseManualTime();

}  // namespace
}  // namespace convcheck::cli

BENCHMARK_MAIN();
