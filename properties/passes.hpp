// SPDX-License-Identifier: Apache-2.0
// The passes of a validation: what each demands, on which data, in which surroundings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/case.hpp"
#include "core/fill.hpp"
#include "properties/bounds.hpp"
#include "properties/compare.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

enum class Pass {
  kIndexing,
  kArithmetic,
  kConditioning,
  kMemory,
  kState,
  kThreads,
  kLayout,
  kConcurrency,
  kSpecial,
  kEnvironment,
  kRobustness,
};
inline constexpr std::array<Pass, 11> kPasses = {
    Pass::kIndexing, Pass::kArithmetic,  Pass::kConditioning, Pass::kMemory,
    Pass::kState,    Pass::kThreads,     Pass::kLayout,       Pass::kConcurrency,
    Pass::kSpecial,  Pass::kEnvironment, Pass::kRobustness};

/// "indexing", ...: the pass's name in reports and on the command line.
const char* to_string(Pass);
std::optional<Pass> parse_pass(std::string_view name);

/// The pass as a law: its id, statement and level, and a predicate that solves its own oracle, so
/// that the one shrinker serves it. It draws no problems of its own (`draw` is null): a suite
/// does.
const Law& pass_law(Pass);

/// What a case makes of the problem of the suite.
enum class Variant {
  kAsGiven,
  kEmptyBatch,
  kOnePixel,  ///< One element of x and of y an axis, under the middle of the kernel.
};
/// Nothing where the variant is no valid problem or the problem itself; of single problems that
/// write something.
std::optional<Chain> vary(const Chain&, Variant);

/// Data and surroundings of one case of a pass; the problem comes from a suite.
struct PassCase {
  Pass pass;
  FillKind fill;
  Environment environment;
  Variant variant = Variant::kAsGiven;
};

/// How much is asked of a problem.
enum class Effort {
  kReduced,   ///< Two data sets, and of every pass's environments the one that shows most.
  kFull,      ///< Every data set, and environments of every kind.
  kThorough,  ///< Every alignment, and repeats.
};

/// What decides the cases of a problem.
struct PassScope {
  Effort effort = Effort::kFull;
  std::vector<int> threads = {1, 2};  ///< To be judged; the first serves the other passes.
  double terms = 0;                   ///< ConvProblem::term_count: rungs of the ladder below it.
  double work = 0;                    ///< Multiply-adds, padding included, and elements.
};

/// PassScope::work up to which a plan is called hundreds of times.
inline constexpr double kManyCallsWork = 1 << 14;
/// Calls of the state pass on such problems, at most: past a counter of 8 bits.
inline constexpr int kManyCalls = 300;

/// The cases of a problem, passes in order.
std::vector<PassCase> pass_cases(const PassScope&);

/// What is known of a chain on one data set: the certified result, and the bounds of the claims met
/// so far.
class Expectation {
 public:
  /// The oracle's errors: kUnsupported for types it does not certify, and kBadInput.
  static Result<Expectation> solve(const Chain& chain, std::vector<Tensor> operands,
                                   const reference::OracleOptions& options);

  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] const std::vector<Tensor>& operands() const { return operands_; }
  [[nodiscard]] const reference::OracleResult& oracle() const { return result_.last; }
  /// As chain_output_bounds; computed once a claim.
  Result<const OutputBounds*> bounds(const Claim& claim, std::string_view algorithm);

 private:
  struct Known {
    Claim claim;
    std::string algorithm;
    std::unique_ptr<const OutputBounds> bounds;
  };
  Chain chain_;
  std::vector<Tensor> operands_;
  reference::ChainResult result_;
  reference::OracleOptions options_;
  std::vector<Known> known_;
};

/// Judges one case, whatever its pass: it completes; nothing beside the values is wrong
/// (Outcome::findings); every output is within the bound that the plan's own claim derives; with
/// thread_invariant claimed, the bits are those of one thread; with deterministic claimed, prior
/// calls leave the bits as they are. kNotApplicable where the engine refuses, no bound is derived
/// for the claim, or nothing is written; kVacuous where every output's bound is infinite.
/// `expectation` is that of the case's chain and operands.
struct CaseJudgement {
  Judgement judgement;
  Outcome outcome;
};
CaseJudgement judge_case(Runner& runner, const Case& c, Expectation& expectation);

}  // namespace convcheck::properties
