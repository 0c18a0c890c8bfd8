// SPDX-License-Identifier: Apache-2.0
// For tests: runners that answer as told, and a run over them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/bench.hpp"
#include "core/problem_text.hpp"
#include "reference/oracle.hpp"

namespace convcheck::benchmarks {

// Answers with the exact result, spoiled or refused as told, and writes down what was asked.
class FakeRunner : public Runner {
 public:
  FakeRunner(std::string name, std::vector<std::string>& log) : log_(log) {
    info_.name = std::move(name);
  }

  [[nodiscard]] const EngineInfo& engine() const override { return info_; }
  Status supports(const Chain& chain) override {
    const bool declines = unsupported_rank == 0 || chain.front().rank == unsupported_rank;
    if (unsupported && declines) return fail(ErrorCode::kUnsupported, "{}", *unsupported);
    return {};
  }
  Outcome run(const Case& c) override {
    log("run");
    Outcome outcome;
    outcome.kind = run_kind;
    outcome.algorithm = "fake";
    if (run_kind != OutcomeKind::kCompleted) {
      outcome.reason = "as told";
      return outcome;
    }
    auto exact = reference::solve_chain(c.chain, c.operands);
    const ConvProblem& last = c.chain.back();
    outcome.output =
        exact ? exact->last.value : Tensor(last.type(last.written()), last.shape(last.written()));
    if (wrong) outcome.output->values<float>()[0] += 1;
    outcome.findings = findings;
    return outcome;
  }
  Result<Timing> time(const Case& c, const TimingRequest& request) override {
    log(request.caches != CacheState::kHot ? to_string(request.caches)
        : request.with_conversion          ? "convert"
        : request.last_operands != nullptr ? "time-last"
                                           : "time");
    if (time_error) return tl::unexpected<Error>(*time_error);
    std::this_thread::sleep_for(sleep);
    Timing timing;
    if (over_budget) {
      timing.over_budget = true;
      timing.lower_bound_seconds = 77;
      return timing;
    }
    if (request.last_operands != nullptr) {
      timing.last_output = last_output(c, request);
      poisons.push_back(request.poison);
    }
    timing.calls = request.calls > 0 ? request.calls + miscount : 10;
    timing.self_timed = wall_seconds_per_call > 0;
    timing.wall_seconds =
        wall_seconds_per_call * static_cast<double>(timing.calls) + wall_overhead_seconds;
    timing.seconds_per_call = samples[next_sample++ % samples.size()] / c.environment.threads;
    timing.prepare_seconds = next_sample == 1 ? 0.25 : 0;
    timing.algorithm = "fake";
    timing.allocations = allocations;
    timing.peak_memory_bytes = 1000;
    if (request.caches != CacheState::kHot) {
      asked_cold.push_back(to_string(request.caches));
      flush_bytes = request.flush_bytes;
      timing.call_seconds.assign(static_cast<std::size_t>(request.calls), 2e-3);
    }
    return timing;
  }
  void pause() override { paused = true; }
  void resume() override { paused = false; }

  std::optional<std::string> unsupported;
  int unsupported_rank = 0;  // 0: every one.
  std::optional<Error> time_error;
  OutcomeKind run_kind = OutcomeKind::kCompleted;
  std::vector<Finding> findings;
  bool wrong = false;
  bool over_budget = false;
  enum class LastCall { kRight, kKept, kWrong, kUnwritten, kMissing } last_call = LastCall::kRight;
  // Of a peer that times itself; 0: not one.
  double wall_seconds_per_call = 0, wall_overhead_seconds = 0;
  std::int64_t miscount = 0;
  std::vector<double> samples{1e-3};
  std::chrono::milliseconds sleep{0};
  bool paused = false;
  // The other runners of the run: all must stand whenever this one is at work.
  std::vector<const FakeRunner*> others;
  bool disturbed = false;
  std::vector<int> poisons;  // Of the last calls.
  std::vector<std::string> asked_cold;
  std::uint64_t flush_bytes = 0;
  std::optional<double> allocations;

 private:
  void log(const std::string& what) {
    log_.push_back(what + " " + info_.name);
    disturbed = disturbed || paused ||
                std::any_of(others.begin(), others.end(), [](const auto* r) { return !r->paused; });
  }

  [[nodiscard]] std::optional<Tensor> last_output(const Case& c,
                                                  const TimingRequest& request) const {
    const bool kept = last_call == LastCall::kKept;
    const auto exact = reference::solve_chain(c.chain, kept ? c.operands : *request.last_operands);
    Tensor output = exact->last.value;
    if (last_call == LastCall::kWrong) output.values<float>()[0] += 1;
    if (last_call == LastCall::kUnwritten)
      std::memset(output.data(), request.poison, size_bytes(output.type()));
    if (last_call == LastCall::kMissing) return std::nullopt;
    return output;
  }

  std::vector<std::string>& log_;
  EngineInfo info_;
  std::size_t next_sample = 0;
};

inline OutputCheck demand_exact(const Chain&, const std::vector<Tensor>&,
                                const reference::ChainResult& exact) {
  return [&exact](const Outcome& outcome) -> std::optional<std::string> {
    if (exact.last.value == *outcome.output) return std::nullopt;
    return "y differs";
  };
}

class BenchTest : public testing::Test {
 protected:
  BenchTest() {
    FakeRunner* const all[] = {&a, &b, &a2, &b2, &twin, &twin2};
    for (FakeRunner* runner : all) {
      for (FakeRunner* other : all) {
        if (other != runner) runner->others.push_back(other);
      }
    }
    options.blocks = 3;
    options.time_conversion = false;
    options.time_cold = false;
    options.memory_limits = false;
    options.limit_samples = 2;
    options.limit_sample_seconds = 1e-5;
    add("mb1ic2ih4iw4oc2kh3kw3ph1pw1");
  }
  void add(const std::string& text) {
    auto parsed = parse_chain(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    problems.push_back(
        {.suite = "suite", .family = "family", .label = "label", .chain = parsed->chain});
  }
  BenchResult run(const std::function<bool()>& interrupted = {}) {
    std::vector<EngineUnderTest> engines = {{"a", {&a}, {}}, {"b", {&b}, {}}};
    if (two_launches) engines = {{"a", {&a, &a2}, {&twin, &twin2}}, {"b", {&b, &b2}, {}}};
    for (FakeRunner* idle : {&a2, &b2, &twin, &twin2}) idle->paused = !two_launches;
    BenchResult result = run_bench(engines, problems, options, demand_exact, {}, interrupted);
    EXPECT_FALSE(a.disturbed || b.disturbed || a2.disturbed || b2.disturbed || twin.disturbed);
    EXPECT_FALSE(a.paused || b.paused);
    return result;
  }
  [[nodiscard]] std::ptrdiff_t times(const std::string& name) const {
    return std::count(log.begin(), log.end(), "time " + name) +
           std::count(log.begin(), log.end(), "time-last " + name);
  }
  [[nodiscard]] bool was_timed(const std::string& name) const { return times(name) != 0; }

  std::vector<std::string> log;
  FakeRunner a{"a", log}, b{"b", log};
  FakeRunner a2{"a2", log}, b2{"b2", log}, twin{"twin", log}, twin2{"twin2", log};
  bool two_launches = false;
  std::vector<BenchProblem> problems;
  BenchOptions options;
};

}  // namespace convcheck::benchmarks
