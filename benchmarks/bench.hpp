// SPDX-License-Identifier: Apache-2.0
// Engines side by side: each verified, timed in alternating blocks while the others are stopped,
// and verified again on the last timed call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/judge.hpp"
#include "benchmarks/limits.hpp"
#include "benchmarks/verify.hpp"
#include "core/case.hpp"
#include "core/fill.hpp"
#include "core/timing.hpp"

namespace convcheck::benchmarks {

/// Nothing is known of an engine but its name and its runners, each a process of its own.
struct EngineUnderTest {
  std::string name;
  std::vector<Runner*> launches;  ///< At least one; blocks are spread over them.
  /// The same engine once more, or none: what the two differ by is noise.
  std::vector<Runner*> twin;
};

struct BenchProblem {
  std::string suite;
  std::string family;
  std::string label;
  Chain chain;  ///< Valid.
};

struct BenchOptions {
  std::vector<int> threads{1};
  LayoutChoice layout = LayoutChoice::kPreferred;
  int blocks = 10;                  ///< Samples of one pair, at most.
  double min_block_seconds = 0.05;  ///< Length of a block, at least.
  /// What a pair (engine, problem, threads) may take: a call longer than this is over budget, and
  /// no block of the pair is begun after it. The runners should stop a case after this time.
  double budget_seconds = 10;
  bool time_conversion = true;  ///< One block more with conversions inside, where layouts differ.
  /// Calls after a flush of the caches more: with the weights cold, and with everything.
  bool time_cold = true;
  int cold_calls = 7;
  FillKind fill = FillKind::kUniform;
  std::uint64_t seed = 1;
  VerifyOptions verify;
  /// Samples of every limit before all problems and after them; each problem adds one of the FMA
  /// peak.
  int limit_samples = 5;
  bool memory_limits = true;  ///< Bandwidths and fork and join too.
  double limit_sample_seconds = 0.02;
};

/// The options of `--quick`: fewer and shorter blocks, a budget of 1 s, windows sooner.
BenchOptions quick_options();

enum class BenchStatus {
  kTimed,
  kUnsupported,  ///< The engine declines the problem.
  kWrong,        ///< The result, or that of the last timed call, is not what the engine claims.
  kFailed,       ///< An error, a crash, a broken protocol, or nothing to verify with.
  kDishonest,    ///< It times itself, and not as long as it takes.
  kOverBudget,   ///< One call takes at least lower_bound_seconds: not timed further.
};
/// "timed", "unsupported", "wrong", "failed", "dishonest", "over-budget".
const char* to_string(BenchStatus);

/// How an engine stands beside the best of the others.
struct Ratio {
  std::string other;  ///< The best other engine.
  /// Its time / this engine's time: above 1, this one is faster. The median over the turns that
  /// both have samples of, with its interval; the value alone where one side is over budget.
  Estimate value;
  enum class Bound { kNone, kAtLeast, kAtMost } bound = Bound::kNone;
  double p = 1;  ///< By Mann-Whitney's test, which does not pair: a second opinion.
  /// Faster, slower: the interval, widened by the noise floor, leaves out 1, and both rank tests
  /// are below 0.05. Inconclusive otherwise. Not corrected for the number of problems.
  Call call = Call::kInconclusive;

  /// "1.27", ">= 13", "~0.99" where neither faster nor slower.
  [[nodiscard]] std::string text() const;
};

/// All about one engine on one problem with one number of threads.
struct BenchEntry {
  std::string engine;
  std::size_t problem_index = 0;  ///< Into the problems of the run.
  std::string suite, family, label;
  std::string problem;  ///< Canonical name.
  int threads = 1;
  std::string layout;  ///< "plain", "preferred".
  BenchStatus status = BenchStatus::kTimed;
  std::string reason;  ///< For every status but kTimed.
  std::string algorithm;
  bool verified = false;              ///< Right before it was timed.
  bool verified_after = false;        ///< Right in the last timed call of every launch, too.
  std::int64_t verified_outputs = 0;  ///< Outputs compared with the exact answer, of `outputs`.
  std::int64_t outputs = 0;
  bool self_timed = false;              ///< By the peer's own clock and count.
  std::vector<double> samples_seconds;  ///< One per block: block time / calls.
  std::vector<std::int64_t> sample_calls;
  std::vector<int> sample_launches;  ///< The process of each sample, from 0.
  std::vector<int> sample_blocks;    ///< The turn in which it was taken; engines share turns.
  double median_seconds = 0;
  double with_conversion_seconds = 0;  ///< One block; 0 if not measured.
  /// Single calls after a flush; empty if not measured.
  std::vector<double> cold_weights_samples_seconds;
  std::vector<double> cold_samples_seconds;
  /// Of a call, in the worst block; absent where they are not counted.
  std::optional<double> allocations;
  /// Resident memory of the plan, its packed weights and its calls, at the highest.
  std::optional<std::uint64_t> peak_memory_bytes;
  CallCounters counters;  ///< Of a call in the last block that has them.
  double prepare_seconds = 0;
  double pack_seconds = 0;
  std::uint64_t workspace_bytes = 0;
  double flops = 0;          ///< 2 per multiply-add whose tap lies inside x.
  double nominal_flops = 0;  ///< 2 per multiply-add of the definition.
  double gflops = 0;         ///< flops / median / 1e9.
  /// 100 * gflops / best sample of this run's FMA peak for the type and number of threads; 0 where
  /// that limit is not measured. More than 100 is possible for algorithms with fewer
  /// multiplications.
  double peak_percent = 0;
  double compulsory_bytes = 0;  ///< Every operand once.
  double limit_seconds = 0;     ///< The least time by what was measured of the machine; 0: unknown.
  std::string limit_by;         ///< What that is: "fma-peak", "bandwidth-l2".
  double limit_percent = 0;     ///< 100 * limit_seconds / median.
  double lower_bound_seconds = 0;  ///< For kOverBudget.
  /// What this problem's times do not resolve, relative: how far apart the first engine and its
  /// twin are (judge.hpp). 0 in a run without twins; an infinity where the twin could not be timed.
  double noise_floor = 0;
  std::optional<Ratio>
      ratio;          ///< If it and another engine are timed or over budget, not both over.
  bool best = false;  ///< The fastest timed engine of its problem and threads.
};

struct BenchResult {
  std::vector<BenchEntry> entries;  ///< By problem, then threads, then engine.
  /// The first engine once more, where it has a twin: like its entries, without a best.
  std::vector<BenchEntry> twins;
  Limits limits;
  std::uint64_t flush_bytes = 0;  ///< 0: nothing was timed cold.
  bool complete = true;           ///< False if interrupted: the entries are those finished.
};

struct BenchProgress {
  std::size_t done = 0;  ///< Pairs finished.
  std::size_t total = 0;
  const BenchProblem* problem = nullptr;  ///< Null while limits are measured.
  std::string engine;                     ///< Empty between engines.
  int threads = 1;
  const char* stage = "";  ///< "limits", "reference", "verify", "time", ....
};
using ProgressFunction = std::function<void(const BenchProgress&)>;

/// Verifies and times every engine on every problem with every number of threads.
///
/// For a problem and a number of threads: each engine that supports it runs the case once and is
/// judged by `check`; then the blocks of those found right follow each other in the order A B, B A,
/// A B, ... over the engines' launches, with every other process stopped. The last call of the last
/// block of a launch is on changed operands, and judged again. `interrupted` is asked between
/// blocks. Errors of an engine become entries. Every runner is running again at the end.
BenchResult run_bench(std::span<const EngineUnderTest> engines,
                      std::span<const BenchProblem> problems, const BenchOptions& options,
                      const Check& check, const ProgressFunction& progress,
                      const std::function<bool()>& interrupted);

/// One sentence if other work had the cores during the run: the threads of a peak, no more than the
/// machine has processors, got less than 95 % of one each. Times of such a run compare little.
std::optional<std::string> busy_machine(const BenchResult&);

/// `entry` against the other engines' entries of its problem and number of threads in `entries`;
/// nothing if it or all others are neither timed nor over budget, or both sides are over budget.
std::optional<Ratio> ratio_to_best_other(const BenchEntry& entry,
                                         std::span<const BenchEntry> entries);

/// What an engine and its twin, timed in turns, say of the noise; an infinity without common turns.
double noise_floor(const BenchEntry& engine, const BenchEntry& twin);

}  // namespace convcheck::benchmarks
