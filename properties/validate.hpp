// SPDX-License-Identifier: Apache-2.0
// One engine against the problems of a suite: every pass, every problem, one verdict each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/problem_text.hpp"
#include "properties/passes.hpp"
#include "properties/verdict.hpp"

namespace convcheck::properties {

/// How long a validation may take.
enum class Profile {
  kSmoke,     ///< Reduced effort for every problem.
  kStandard,  ///< Full effort up to kFullEffortMacs, reduced effort beyond.
  kThorough,  ///< Thorough effort up to kFullEffortMacs, reduced effort beyond.
};
const char* to_string(Profile);
std::optional<Profile> parse_profile(std::string_view);

/// Raised when the cases of a profile change: two runs of one version demanded the same.
inline constexpr int kProfileVersion = 3;
/// What a profile demands, pass by pass: level, statement, data and surroundings of every case.
std::string profile_demands(Profile, const std::vector<int>& threads);

/// Multiply-adds (padding included) up to which a problem is asked more than the least.
inline constexpr double kFullEffortMacs = 1 << 24;
Effort effort_of(Profile, double macs);

struct ValidateOptions {
  std::uint64_t seed = 1;
  std::vector<int> threads = {1, 2};  ///< Not empty; the first one serves the other passes.
  Profile profile = Profile::kStandard;
  std::vector<Pass> passes{kPasses.begin(), kPasses.end()};
  int oracle_threads = 1;
  /// Failures of one pass, in one way, that are shrunk; later ones are recorded as they are.
  std::int64_t shrunk_failures = 3;
  double shrink_seconds = 5;     ///< For one counterexample.
  double diagnosis_seconds = 4;  ///< For the cause of one counterexample.
};

/// Elements of all operands, the written one included.
double operand_elements(const Chain&);
/// The cases that a validation asks of a problem, those of passes that are not wanted included.
std::vector<PassCase> problem_cases(const Chain&, const ValidateOptions&);

/// A case of a pass and what is known of it.
struct PassQuestion {
  Case c;
  Expectation* expectation = nullptr;  ///< Lives as long as its ProblemExpectations.
};

/// An exact result that cases were judged by: what it takes to compute it again, and fingerprints
/// (exact_hash).
struct ExactResult {
  std::string problem;  ///< Canonical name; of the variant, where it is one.
  FillKind fill = FillKind::kNormal;
  std::uint64_t seed = 0;
  std::uint64_t operands = 0;
  std::uint64_t result = 0;
};
/// That of the data of `fill_operands`; the oracle's errors.
Result<ExactResult> exact_result(const Chain&, FillKind, std::uint64_t seed, int oracle_threads);

/// What is known of one problem of a suite, solved once for all engines, cases and variants.
class ProblemExpectations {
 public:
  explicit ProblemExpectations(const ValidateOptions& options)
      : seed_(options.seed), oracle_threads_(options.oracle_threads) {}
  /// kUnsupported where the variant is no problem; the oracle's errors.
  Result<PassQuestion> question(const Chain&, const PassCase&);
  /// Of all questions since the last clear.
  [[nodiscard]] std::vector<ExactResult> exact_results() const;
  void clear() { known_.clear(); }

 private:
  std::uint64_t seed_;
  int oracle_threads_;
  std::map<std::pair<Variant, FillKind>, Expectation> known_;
};

/// What a pass came to on one problem. A verdict's `law` is the pass's name.
struct PassVerdict {
  Pass pass = Pass::kIndexing;
  Level level = Level::kRequired;
  Verdict verdict;
};

struct ProblemValidation {
  std::string problem;  ///< Canonical name.
  std::string label;
  std::string family;
  int line = 0;
  double macs = 0;  ///< Padding included.
  Effort effort = Effort::kFull;
  /// Not empty: the engine does not support the problem, and this is why. There are no verdicts
  /// then, and it counts as not applicable, never as passed.
  std::string declined;
  Claim claim;  ///< Of the last completed run.
  std::string algorithm;
  std::vector<PassVerdict> passes;
  std::optional<AccuracyStats> accuracy;  ///< On FillKind::kNormal, if that run completed.
  std::string bound_formula;              ///< Of that run.
  std::vector<ExactResult> exact;         ///< Those that the cases were judged by.
  std::int64_t runs = 0;                  ///< Cases, shrinking left out.
  double seconds = 0;
};

struct ValidationTotals {
  std::int64_t problems = 0;
  std::int64_t declined = 0;
  std::int64_t holds = 0;  ///< Verdicts, as the following.
  std::int64_t refuted = 0;
  std::int64_t crashed = 0;
  std::int64_t timed_out = 0;
  std::int64_t vacuous = 0;
  std::int64_t gave_up = 0;
  std::int64_t not_applicable = 0;
  std::int64_t failures = 0;  ///< Failing verdicts of required passes.
  double max_bound_used = 0;  ///< Over all outputs of all required passes.
};

struct ValidationResult {
  EngineInfo engine;
  std::vector<ProblemValidation> problems;  ///< In the order given.
  bool complete = true;                     ///< False: stopped by the progress function.
  double seconds = 0;

  [[nodiscard]] ValidationTotals totals() const;
};

/// True if the verdict fails an engine at this level: required passes, and recommended ones too
/// where they are asked for.
bool is_failure(const PassVerdict&, Level asked = Level::kRequired);

struct ValidateProgress {
  std::size_t done = 0;  ///< Problems.
  std::size_t total = 0;
  std::string problem;  ///< The one that comes next; empty at the end.
  std::int64_t failures = 0;
};
/// Called before every problem and at the end; false stops the validation.
using ProgressFn = std::function<bool(const ValidateProgress&)>;

/// Judges the engine behind the runner on every problem. One oracle solution serves all cases of
/// one data set. A pass ends with its first bad case, which is shrunk; a crash or a timeout is a
/// verdict and the run goes on; after a timeout the problem's other passes are given up. The same
/// arguments run the same cases; only how far a counterexample shrinks depends on time.
ValidationResult validate_engine(Runner& runner, std::span<const SuiteLine> lines,
                                 const ValidateOptions& options = {},
                                 const ProgressFn& progress = {});

}  // namespace convcheck::properties
