// SPDX-License-Identifier: Apache-2.0
// Engines side by side: each verified, then timed in alternating blocks while the others are
// stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/fma_peak.hpp"
#include "benchmarks/verify.hpp"
#include "core/case.hpp"
#include "core/fill.hpp"

namespace convcheck::benchmarks {

/// Nothing is known of an engine but its name and its runner.
struct EngineUnderTest {
  std::string name;
  Runner* runner = nullptr;
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
  FillKind fill = FillKind::kUniform;
  std::uint64_t seed = 1;
  VerifyOptions verify;
  /// Samples of the FMA peak before all problems and after them; each problem adds one.
  int peak_samples = 5;
  double peak_sample_seconds = 0.02;
};

/// The options of `--quick`: fewer and shorter blocks, a budget of 1 s, windows sooner.
BenchOptions quick_options();

enum class BenchStatus {
  kTimed,
  kUnsupported,  ///< The engine declines the problem.
  kWrong,        ///< The result is not what the engine claims: not timed.
  kFailed,       ///< An error, a crash, a broken protocol, or nothing to verify with.
  kOverBudget,   ///< One call takes at least lower_bound_seconds: not timed further.
};
/// "timed", "unsupported", "wrong", "failed", "over-budget".
const char* to_string(BenchStatus);

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
  bool verified = false;
  std::int64_t verified_outputs = 0;  ///< Outputs compared with the exact answer, of `outputs`.
  std::int64_t outputs = 0;
  std::vector<double> samples_seconds;  ///< One per block: block time / calls.
  std::vector<std::int64_t> sample_calls;
  double median_seconds = 0;
  double with_conversion_seconds = 0;  ///< One block; 0 if not measured.
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
  double lower_bound_seconds = 0;  ///< For kOverBudget.
  bool best = false;               ///< The fastest timed engine of its problem and threads.
};

struct BenchResult {
  std::vector<BenchEntry> entries;  ///< By problem, then threads, then engine.
  std::vector<FmaPeak> peaks;       ///< One per type and number of threads.
  bool complete = true;             ///< False if interrupted: the entries are those finished.
};

struct BenchProgress {
  std::size_t done = 0;  ///< Pairs finished.
  std::size_t total = 0;
  const BenchProblem* problem = nullptr;  ///< Null while limits are measured.
  std::string engine;                     ///< Empty between engines.
  int threads = 1;
  const char* stage = "";  ///< "peak", "reference", "verify", "time".
};
using ProgressFunction = std::function<void(const BenchProgress&)>;

/// Verifies and times every engine on every problem with every number of threads.
///
/// For a problem and a number of threads: each engine that supports it runs the case once and is
/// judged by `check`; then the blocks of those found right follow each other in the order A B, B A,
/// A B, ... with every other engine's process stopped. `interrupted` is asked between blocks.
/// Errors of an engine become entries. Every runner is running again at the end.
BenchResult run_bench(std::span<const EngineUnderTest> engines,
                      std::span<const BenchProblem> problems, const BenchOptions& options,
                      const Check& check, const ProgressFunction& progress,
                      const std::function<bool()>& interrupted);

/// One sentence if other work had the cores during the run: the threads of a peak, no more than the
/// machine has processors, got less than 95 % of one each. Times of such a run compare little.
std::optional<std::string> busy_machine(const BenchResult&);

/// How an engine stands beside the best of the others.
struct Ratio {
  double value = 0;   ///< Best other's time / this engine's time: above 1, this one is faster.
  std::string other;  ///< The best other engine.
  /// Larger relative interquartile range of the two: nothing is faster or slower by less.
  double noise = 0;
  enum class Bound { kNone, kAtLeast, kAtMost } bound = Bound::kNone;  ///< One side is over budget.

  /// "1.27", ">= 13", "0.99 (noise 3 %)" where the noise is as large as the difference.
  [[nodiscard]] std::string text() const;
};

/// `entry` against the other engines' entries of its problem and number of threads in `entries`;
/// nothing if it or all others are neither timed nor over budget, or both sides are over budget.
std::optional<Ratio> ratio_to_best_other(const BenchEntry& entry,
                                         std::span<const BenchEntry> entries);

}  // namespace convcheck::benchmarks
