// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "benchmarks/statistics.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Lets one engine's process run while it lives; all others stand.
class Running {
 public:
  explicit Running(Runner& runner) : runner_(runner) { runner_.resume(); }
  ~Running() { runner_.pause(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Runner& runner_;
};

/// Stops every engine's process while it lives.
class AllPaused {
 public:
  explicit AllPaused(std::span<const EngineUnderTest> engines) : engines_(engines) {
    for (const EngineUnderTest& engine : engines_) engine.runner->pause();
  }
  ~AllPaused() {
    for (const EngineUnderTest& engine : engines_) engine.runner->resume();
  }
  AllPaused(const AllPaused&) = delete;
  AllPaused& operator=(const AllPaused&) = delete;

 private:
  std::span<const EngineUnderTest> engines_;
};

/// One run over all problems; holds what the steps share.
class Bench {
 public:
  Bench(std::span<const EngineUnderTest> engines, std::span<const BenchProblem> problems,
        const BenchOptions& options, const Check& check, const ProgressFunction& progress,
        const std::function<bool()>& interrupted)
      : engines_(engines),
        problems_(problems),
        options_(options),
        check_(check),
        progress_(progress),
        interrupted_(interrupted) {}

  BenchResult run() {
    const AllPaused paused(engines_);
    measure_peaks(options_.peak_samples);
    for (std::size_t i = 0; i < problems_.size() && result_.complete; ++i) {
      measure_peaks(1);
      run_problem(i);
    }
    measure_peaks(options_.peak_samples);
    for (BenchEntry& entry : result_.entries) derive(entry);
    mark_best();
    return std::move(result_);
  }

 private:
  struct Pair {
    BenchEntry entry;
    Runner* runner;
    double spent_seconds = 0;
  };

  bool stop() {
    if (interrupted_ && interrupted_()) result_.complete = false;
    return !result_.complete;
  }

  void show(const BenchProblem* problem, const std::string& engine, int threads,
            const char* stage) {
    if (!progress_) return;
    progress_({.done = result_.entries.size(),
               .total = problems_.size() * options_.threads.size() * engines_.size(),
               .problem = problem,
               .engine = engine,
               .threads = threads,
               .stage = stage});
  }

  // Adds samples to the peak of every type and number of threads in use. All through the run, so
  // that other work on the machine for a while cannot make the limit low.
  void measure_peaks(int samples) {
    for (const ElementType type : {ElementType::kF32, ElementType::kF64}) {
      const bool used = std::any_of(problems_.begin(), problems_.end(), [&](const auto& problem) {
        return problem.chain.front().x_type == type;
      });
      if (!used) continue;
      for (const int threads : options_.threads) {
        if (stop()) return;
        show(nullptr, "", threads, "peak");
        auto peak = measure_fma_peak(type, threads, samples, options_.peak_sample_seconds);
        if (!peak) continue;
        auto known = find_peak(type, threads);
        if (known == result_.peaks.end()) {
          result_.peaks.push_back(*std::move(peak));
        } else {
          known->samples_gflops.insert(known->samples_gflops.end(), peak->samples_gflops.begin(),
                                       peak->samples_gflops.end());
          known->cpu_shares.insert(known->cpu_shares.end(), peak->cpu_shares.begin(),
                                   peak->cpu_shares.end());
        }
      }
    }
  }

  std::vector<FmaPeak>::iterator find_peak(ElementType type, int threads) {
    return std::find_if(result_.peaks.begin(), result_.peaks.end(), [&](const FmaPeak& peak) {
      return peak.type == type && peak.threads == threads;
    });
  }

  void run_problem(std::size_t index) {
    const BenchProblem& problem = problems_[index];
    show(&problem, "", options_.threads.front(), "reference");
    Case c{.chain = problem.chain,
           .operands = fill_operands(problem.chain, options_.fill, options_.seed),
           .environment = {}};
    c.environment.layout = options_.layout;
    Verifier verifier(c, check_, options_.verify);
    for (const int threads : options_.threads) {
      c.environment.threads = threads;
      std::vector<Pair> pairs;
      for (const EngineUnderTest& engine : engines_) {
        if (stop()) return;
        show(&problem, engine.name, threads, "verify");
        pairs.push_back({new_entry(index, engine, threads), engine.runner});
        verify(pairs.back(), c, verifier);
      }
      time_blocks(pairs, c);
      if (!result_.complete) return;
      for (Pair& pair : pairs) result_.entries.push_back(std::move(pair.entry));
    }
  }

  BenchEntry new_entry(std::size_t index, const EngineUnderTest& engine, int threads) const {
    const BenchProblem& problem = problems_[index];
    BenchEntry entry;
    entry.engine = engine.name;
    entry.problem_index = index;
    entry.suite = problem.suite;
    entry.family = problem.family;
    entry.label = problem.label;
    entry.problem = to_string(problem.chain);
    entry.threads = threads;
    entry.layout = options_.layout == LayoutChoice::kPlain ? "plain" : "preferred";
    entry.flops = 2 * problem.chain.valid_macs();
    entry.nominal_flops = 2 * problem.chain.nominal_macs();
    return entry;
  }

  static void end(BenchEntry& entry, BenchStatus status, std::string reason) {
    entry.status = status;
    entry.reason = std::move(reason);
  }

  void end_over_budget(BenchEntry& entry, double lower_bound_seconds) const {
    entry.lower_bound_seconds = lower_bound_seconds;
    end(entry, BenchStatus::kOverBudget,
        fmt::format("one call takes at least {:.3g} s; the budget is {:.3g} s", lower_bound_seconds,
                    options_.budget_seconds));
  }

  static void end_with_error(BenchEntry& entry, const Error& error) {
    end(entry,
        error.code == ErrorCode::kUnsupported ? BenchStatus::kUnsupported : BenchStatus::kFailed,
        error.message);
  }

  void verify(Pair& pair, const Case& c, Verifier& verifier) const {
    BenchEntry& entry = pair.entry;
    Outcome outcome;
    {
      const Running running(*pair.runner);
      if (const Status supported = pair.runner->supports(c.chain); !supported)
        return end_with_error(entry, supported.error());
      const auto start = Clock::now();
      outcome = pair.runner->run(c);
      pair.spent_seconds = seconds_since(start);
    }
    entry.algorithm = outcome.algorithm;
    switch (outcome.kind) {
      case OutcomeKind::kCompleted:
        break;
      case OutcomeKind::kRefused:
        return end(entry, BenchStatus::kUnsupported, outcome.reason);
      case OutcomeKind::kTimedOut:
        return end_over_budget(entry, std::min(pair.spent_seconds, options_.budget_seconds));
      default:
        return end(entry, BenchStatus::kFailed,
                   fmt::format("{}: {}", to_string(outcome.kind), outcome.reason));
    }
    if (auto finding = disqualifying_finding(outcome))
      return end(entry, BenchStatus::kWrong, *std::move(finding));
    auto verification = verifier.verify(outcome);
    if (!verification) {
      return end(entry, BenchStatus::kFailed,
                 fmt::format("cannot be verified: {}", verification.error().message));
    }
    entry.verified_outputs = verification->checked;
    entry.outputs = verification->outputs;
    entry.verified = !verification->wrong;
    if (verification->wrong) end(entry, BenchStatus::kWrong, *verification->wrong);
  }

  void time_blocks(std::vector<Pair>& pairs, const Case& c) {
    for (int block = 0; block < options_.blocks; ++block) {
      // A B, B A, A B, ...: a drift of the machine's speed falls on all engines alike.
      for (std::size_t k = 0; k < pairs.size(); ++k) {
        Pair& pair = pairs[block % 2 == 0 ? k : pairs.size() - 1 - k];
        const bool ready = pair.entry.status == BenchStatus::kTimed;
        const bool spent =
            pair.spent_seconds >= options_.budget_seconds && !pair.entry.samples_seconds.empty();
        if (!ready || spent) continue;
        if (stop()) return;
        time_block(pair, c);
      }
    }
    if (!options_.time_conversion || options_.layout == LayoutChoice::kPlain) return;
    for (Pair& pair : pairs) {
      if (pair.entry.status != BenchStatus::kTimed || pair.spent_seconds >= options_.budget_seconds)
        continue;
      if (stop()) return;
      const Running running(*pair.runner);
      const auto timing = pair.runner->time(c, request(/*with_conversion=*/true));
      if (timing && !timing->over_budget)
        pair.entry.with_conversion_seconds = timing->seconds_per_call;
    }
  }

  [[nodiscard]] TimingRequest request(bool with_conversion) const {
    return {.min_block_seconds = options_.min_block_seconds,
            .budget_seconds = options_.budget_seconds,
            .with_conversion = with_conversion};
  }

  void time_block(Pair& pair, const Case& c) {
    BenchEntry& entry = pair.entry;
    show(&problems_[entry.problem_index], entry.engine, entry.threads, "time");
    const auto start = Clock::now();
    const auto timing = [&] {
      const Running running(*pair.runner);
      return pair.runner->time(c, request(/*with_conversion=*/false));
    }();
    pair.spent_seconds += seconds_since(start);
    if (!timing) return end_with_error(entry, timing.error());
    if (timing->over_budget) return end_over_budget(entry, timing->lower_bound_seconds);
    entry.samples_seconds.push_back(timing->seconds_per_call);
    entry.sample_calls.push_back(timing->calls);
    entry.prepare_seconds = std::max(entry.prepare_seconds, timing->prepare_seconds);
    entry.pack_seconds = std::max(entry.pack_seconds, timing->pack_seconds);
    entry.workspace_bytes = timing->workspace_bytes;
    entry.algorithm = timing->algorithm;
  }

  void derive(BenchEntry& entry) {
    if (entry.status != BenchStatus::kTimed) return;
    entry.median_seconds = median(entry.samples_seconds);
    entry.gflops = entry.flops / entry.median_seconds / 1e9;
    const ElementType type = problems_[entry.problem_index].chain.front().x_type;
    const auto peak = find_peak(type, entry.threads);
    if (peak != result_.peaks.end()) entry.peak_percent = 100 * entry.gflops / peak->best_gflops();
  }

  void mark_best() {
    const auto same_race = [](const BenchEntry& a, const BenchEntry& b) {
      return a.problem_index == b.problem_index && a.threads == b.threads;
    };
    for (auto first = result_.entries.begin(); first != result_.entries.end();) {
      const auto last = std::find_if_not(first, result_.entries.end(),
                                         [&](const BenchEntry& e) { return same_race(e, *first); });
      BenchEntry* best = nullptr;
      for (BenchEntry& entry : std::span(first, last)) {
        const bool timed = entry.status == BenchStatus::kTimed;
        if (timed && (best == nullptr || entry.median_seconds < best->median_seconds))
          best = &entry;
      }
      if (best != nullptr) best->best = true;
      first = last;
    }
  }

  std::span<const EngineUnderTest> engines_;
  std::span<const BenchProblem> problems_;
  const BenchOptions& options_;
  const Check& check_;
  const ProgressFunction& progress_;
  const std::function<bool()>& interrupted_;
  BenchResult result_;
};

}  // namespace

BenchOptions quick_options() {
  BenchOptions options;
  options.blocks = 4;
  options.min_block_seconds = 0.02;
  options.budget_seconds = 1;
  options.time_conversion = false;
  options.verify.exact_macs = 2e9;
  options.verify.sample_macs = 2e8;
  return options;
}

const char* to_string(BenchStatus status) {
  switch (status) {
    case BenchStatus::kTimed:
      return "timed";
    case BenchStatus::kUnsupported:
      return "unsupported";
    case BenchStatus::kWrong:
      return "wrong";
    case BenchStatus::kFailed:
      return "failed";
    case BenchStatus::kOverBudget:
      return "over-budget";
  }
  return "?";
}

BenchResult run_bench(std::span<const EngineUnderTest> engines,
                      std::span<const BenchProblem> problems, const BenchOptions& options,
                      const Check& check, const ProgressFunction& progress,
                      const std::function<bool()>& interrupted) {
  return Bench(engines, problems, options, check, progress, interrupted).run();
}

std::optional<std::string> busy_machine(const BenchResult& result) {
  constexpr double kQuiet = 0.95;
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  for (const FmaPeak& peak : result.peaks) {
    const double share = peak.median_cpu_share();
    if (peak.threads > processors || share >= kQuiet) continue;
    return fmt::format(
        "the machine was busy: {} thread{} of arithmetic got {:.0f} % of the processors",
        peak.threads, peak.threads == 1 ? "" : "s", 100 * share);
  }
  return std::nullopt;
}

std::string Ratio::text() const {
  switch (bound) {
    case Bound::kAtLeast:
      return fmt::format(">= {:.3g}", value);
    case Bound::kAtMost:
      return fmt::format("<= {:.3g}", value);
    case Bound::kNone:
      break;
  }
  if (std::abs(value - 1) > noise) return fmt::format("{:.2f}", value);
  return fmt::format("{:.2f} (noise {:.0f} %)", value, 100 * noise);
}

std::optional<Ratio> ratio_to_best_other(const BenchEntry& entry,
                                         std::span<const BenchEntry> entries) {
  const auto over = [](const BenchEntry& e) { return e.status == BenchStatus::kOverBudget; };
  const auto seconds = [&](const BenchEntry& e) {
    return over(e) ? e.lower_bound_seconds : e.median_seconds;
  };
  const BenchEntry* best = nullptr;
  for (const BenchEntry& other : entries) {
    const bool rival = other.problem_index == entry.problem_index &&
                       other.threads == entry.threads && other.engine != entry.engine;
    if (!rival || (other.status != BenchStatus::kTimed && !over(other))) continue;
    // A time is worth more than a bound on one, however small the bound.
    const bool better = best == nullptr || (over(*best) && !over(other)) ||
                        (over(*best) == over(other) && seconds(other) < seconds(*best));
    if (better) best = &other;
  }
  const bool comparable = entry.status == BenchStatus::kTimed || over(entry);
  if (!comparable || best == nullptr || (over(entry) && over(*best))) return std::nullopt;
  Ratio ratio;
  ratio.value = seconds(*best) / seconds(entry);
  ratio.other = best->engine;
  ratio.noise =
      std::max(relative_spread(entry.samples_seconds), relative_spread(best->samples_seconds));
  if (over(*best)) ratio.bound = Ratio::Bound::kAtLeast;
  if (over(entry)) ratio.bound = Ratio::Bound::kAtMost;
  return ratio;
}

}  // namespace convcheck::benchmarks
