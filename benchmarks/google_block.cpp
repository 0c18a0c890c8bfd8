// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/google_block.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace convcheck::benchmarks {
namespace {

class SilentReporter : public benchmark::BenchmarkReporter {
 public:
  SilentReporter() : nowhere_(nullptr) {
    SetOutputStream(&nowhere_);
    SetErrorStream(&nowhere_);
  }
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    runs_.insert(runs_.end(), runs.begin(), runs.end());
  }
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }

 private:
  std::ostream nowhere_;
  std::vector<Run> runs_;
};

// Every flag can also be set by an environment variable (BENCHMARK_OUT, BENCHMARK_REPETITIONS,
// ...); those that would print, write a file or change what is run are set here.
void initialize_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::array arguments = {
        std::string("convcheck"),
        std::string("--benchmark_list_tests=false"),
        std::string("--benchmark_repetitions=1"),
        std::string("--benchmark_enable_random_interleaving=false"),
        std::string("--benchmark_report_aggregates_only=false"),
        std::string("--benchmark_display_aggregates_only=false"),
        std::string("--benchmark_out="),
        std::string("--benchmark_perf_counters="),
        std::string("--v=0"),
    };
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    int argc = static_cast<int>(argv.size());
    benchmark::Initialize(&argc, argv.data());
  });
}

}  // namespace

Result<Block> time_block(TimedCall& timed, const BlockPlan& plan) {
  static std::mutex registry;
  const std::lock_guard lock(registry);
  initialize_once();

  std::optional<Error> error;
  const auto keep = [&error](Status status) {
    if (!status) error = std::move(status).error();
    return !error;
  };
  const auto body = [&](benchmark::State& state) {
    for (std::int64_t i = 0; i < plan.warm_up_calls && !error; ++i) keep(timed.call());
    std::int64_t left = plan.calls + 1;
    const std::int64_t changed_calls = plan.before_last ? 2 : 0;
    if (error) state.SkipWithError(error->message.c_str());
    for ([[maybe_unused]] auto _ : state) {
      if (--left <= changed_calls) [[unlikely]] {
        state.PauseTiming();
        keep(plan.before_last(left));
        state.ResumeTiming();
      }
      if (error || !keep(timed.call())) [[unlikely]] {
        state.SkipWithError(error->message.c_str());
        break;
      }
      benchmark::ClobberMemory();
    }
  };
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark("block", body)
      ->Iterations(plan.calls)
      ->Repetitions(1)
      ->UseRealTime();
  SilentReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter, "all");
  benchmark::ClearRegisteredBenchmarks();

  if (error) return tl::unexpected<Error>(*std::move(error));
  CONVCHECK_CHECK(reporter.runs().size() == 1, "Google Benchmark ran another number of blocks");
  const benchmark::BenchmarkReporter::Run& run = reporter.runs().front();
  return Block{.calls = run.iterations, .seconds = run.real_accumulated_time};
}

}  // namespace convcheck::benchmarks
