// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bench.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "benchmarks/contest.hpp"
#include "benchmarks/statistics.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

/// Stops every engine's process while it lives.
class AllPaused {
 public:
  explicit AllPaused(std::span<const EngineUnderTest> engines) : engines_(engines) {
    for_each([](Runner& runner) { runner.pause(); });
  }
  ~AllPaused() {
    for_each([](Runner& runner) { runner.resume(); });
  }
  AllPaused(const AllPaused&) = delete;
  AllPaused& operator=(const AllPaused&) = delete;

 private:
  void for_each(void (*act)(Runner&)) const {
    for (const EngineUnderTest& engine : engines_) {
      for (Runner* runner : engine.launches) act(*runner);
      for (Runner* runner : engine.twin) act(*runner);
    }
  }

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
        interrupted_(interrupted) {
    result_.limits.caches = cache_sizes();
    if (options_.time_cold) result_.flush_bytes = flush_bytes(result_.limits.caches);
  }

  BenchResult run() {
    const AllPaused paused(engines_);
    measure_memory();
    measure_limits(options_.limit_samples);
    for (std::size_t i = 0; i < problems_.size() && result_.complete; ++i) {
      measure_limits(1);
      run_problem(i);
    }
    measure_limits(options_.limit_samples);
    measure_memory();
    for (BenchEntry& entry : result_.entries) derive(entry);
    for (BenchEntry& entry : result_.twins) derive(entry);
    mark_best();
    set_noise_floors();
    for (BenchEntry& entry : result_.entries)
      entry.ratio = ratio_to_best_other(entry, result_.entries);
    return std::move(result_);
  }

 private:
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

  // All through the run, so that other work on the machine for a while cannot make a limit low.
  void measure_limits(int samples) {
    std::vector<ElementType> types;
    for (const BenchProblem& problem : problems_) types.push_back(problem.chain.front().x_type);
    show(nullptr, "", options_.threads.front(), "limits");
    const std::function<bool()> stopped = [this] { return stop(); };
    sample_peaks(result_.limits, types, options_.threads, samples, options_.limit_sample_seconds,
                 stopped);
  }

  void measure_memory() {
    if (!options_.memory_limits || stop()) return;
    show(nullptr, "", options_.threads.front(), "limits");
    const std::function<bool()> stopped = [this] { return stop(); };
    sample_memory(result_.limits, options_.threads, options_.limit_samples,
                  options_.limit_sample_seconds, stopped);
  }

  void run_problem(std::size_t index) {
    const BenchProblem& problem = problems_[index];
    show(&problem, "", options_.threads.front(), "reference");
    Case c{.chain = problem.chain,
           .operands = fill_operands(problem.chain, options_.fill, options_.seed),
           .environment = {}};
    c.environment.layout = options_.layout;
    Verifier verifier(c, check_, options_.verify);
    ChangedCase changed(c, verifier, check_, options_.fill, options_.verify);
    const std::function<bool()> stopped = [this] { return stop(); };
    const auto tell = [&](const BenchEntry& entry, const char* stage) {
      show(&problem, entry.engine, entry.threads, stage);
    };
    const std::function<void(const BenchEntry&, const char*)> told = tell;
    for (const int threads : options_.threads) {
      c.environment.threads = threads;
      Contest contest(c, verifier, changed, options_, result_.flush_bytes, stopped, told);
      std::vector<Contestant> contestants;
      for (const EngineUnderTest& engine : engines_) {
        if (stop()) return;
        contestants.push_back(new_contestant(index, engine, threads));
        contest.verify(contestants.back());
        if (engine.twin.empty()) continue;
        contestants.push_back(new_contestant(index, engine, threads));
        contestants.back().launches = engine.twin;
        contestants.back().is_twin = true;
      }
      contest.time(contestants);
      if (!result_.complete) return;
      for (Contestant& contestant : contestants) {
        auto& list = contestant.is_twin ? result_.twins : result_.entries;
        list.push_back(std::move(contestant.entry));
      }
    }
  }

  [[nodiscard]] Contestant new_contestant(std::size_t index, const EngineUnderTest& engine,
                                          int threads) const {
    const BenchProblem& problem = problems_[index];
    Contestant contestant;
    contestant.launches = engine.launches;
    BenchEntry& entry = contestant.entry;
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
    entry.compulsory_bytes = compulsory_bytes(problem.chain);
    return contestant;
  }

  // A floor holds for all engines of a problem and a number of threads; where the first engine has
  // no times, the largest of the other problems stands for it.
  void set_noise_floors() {
    std::map<int, double> largest;
    for (BenchEntry& twin : result_.twins) {
      const auto engine = std::find_if(
          result_.entries.begin(), result_.entries.end(),
          [&](const BenchEntry& e) { return same_race(e, twin) && e.engine == twin.engine; });
      twin.noise_floor = noise_floor(*engine, twin);
      double& most = largest[twin.threads];
      if (std::isfinite(twin.noise_floor)) most = std::max(most, twin.noise_floor);
    }
    for (const BenchEntry& twin : result_.twins) {
      const bool use_largest = !std::isfinite(twin.noise_floor) && largest[twin.threads] > 0;
      for (BenchEntry& entry : result_.entries) {
        if (same_race(entry, twin))
          entry.noise_floor = use_largest ? largest[twin.threads] : twin.noise_floor;
      }
    }
  }

  static bool same_race(const BenchEntry& a, const BenchEntry& b) {
    return a.problem_index == b.problem_index && a.threads == b.threads;
  }

  void derive(BenchEntry& entry) {
    if (entry.status != BenchStatus::kTimed) return;
    entry.median_seconds = median(entry.samples_seconds);
    entry.gflops = entry.flops / entry.median_seconds / 1e9;
    const Chain& chain = problems_[entry.problem_index].chain;
    const FmaPeak* peak = result_.limits.peak(chain.front().x_type, entry.threads);
    if (peak != nullptr) entry.peak_percent = 100 * entry.gflops / peak->best_gflops();
    const std::optional<Roof> roof = roof_of(result_.limits, chain, entry.threads);
    if (!roof) return;
    entry.limit_seconds = roof->seconds;
    entry.limit_by = roof->by;
    entry.limit_percent = 100 * roof->seconds / entry.median_seconds;
  }

  void mark_best() {
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

BenchResult run_bench(std::span<const EngineUnderTest> engines,
                      std::span<const BenchProblem> problems, const BenchOptions& options,
                      const Check& check, const ProgressFunction& progress,
                      const std::function<bool()>& interrupted) {
  return Bench(engines, problems, options, check, progress, interrupted).run();
}

}  // namespace convcheck::benchmarks
