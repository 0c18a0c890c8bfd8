// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/google_block.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
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
  std::vector<double> call_seconds;
  bool observing = false;
  const auto observe = [&](bool begin, std::int64_t calls) {
    if (plan.observe && observing != begin) plan.observe(begin, calls);
    observing = begin;
  };
  const auto keep = [&error](Status status) {
    if (!status) error = std::move(status).error();
    return !error;
  };
  const auto body = [&](benchmark::State& state) {
    for (std::int64_t i = 0; i < plan.warm_up_calls && !error; ++i) keep(timed.call());
    std::int64_t left = plan.calls + 1;
    const std::int64_t changed_calls = plan.before_last ? 2 : 0;
    if (error) state.SkipWithError(error->message.c_str());
    call_seconds.reserve(plan.before_each ? static_cast<std::size_t>(plan.calls) : 0);
    observe(true, 0);
    for ([[maybe_unused]] auto _ : state) {
      if (--left <= changed_calls) [[unlikely]] {
        state.PauseTiming();
        observe(false, plan.calls - left);
        keep(plan.before_last(left));
        state.ResumeTiming();
      }
      if (plan.before_each) [[unlikely]] {
        plan.before_each();
        const auto start = std::chrono::steady_clock::now();
        keep(timed.call());
        call_seconds.push_back(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        state.SetIterationTime(call_seconds.back());
        if (!error) continue;
      }
      if (error || !keep(timed.call())) [[unlikely]] {
        state.SkipWithError(error->message.c_str());
        break;
      }
      benchmark::ClobberMemory();
    }
    observe(false, plan.calls);
  };
  benchmark::ClearRegisteredBenchmarks();
  benchmark::internal::Benchmark* const registered =
      benchmark::RegisterBenchmark("block", body)->Iterations(plan.calls)->Repetitions(1);
  if (plan.before_each) {
    registered->UseManualTime();
  } else {
    registered->UseRealTime();
  }
  SilentReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter, "all");
  benchmark::ClearRegisteredBenchmarks();

  if (error) return tl::unexpected<Error>(*std::move(error));
  CONVCHECK_CHECK(reporter.runs().size() == 1, "Google Benchmark ran another number of blocks");
  const benchmark::BenchmarkReporter::Run& run = reporter.runs().front();
  return Block{.calls = run.iterations,
               .seconds = run.real_accumulated_time,
               .call_seconds = std::move(call_seconds)};
}

}  // namespace convcheck::benchmarks
