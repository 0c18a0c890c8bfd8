// SPDX-License-Identifier: Apache-2.0
// A report as plain values: what a run was, and everything it found. No formatting here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/case.hpp"

namespace convcheck::reports {

/// Raised when a field changes its meaning or goes; added fields do not raise it.
inline constexpr int kSchemaVersion = 1;

struct Machine {
  std::string cpu;           ///< Model name.
  std::string architecture;  ///< "x86_64", "aarch64".
  int cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string os;                           ///< PRETTY_NAME of os-release.
  std::string kernel;                       ///< uname release.
  std::vector<std::string> vector_targets;  ///< Highway targets this CPU runs, best first.
};

struct Build {
  std::string version;   ///< Of convcheck.
  std::string commit;    ///< Empty outside a git checkout.
  std::string compiler;  ///< "GNU 12.2.0".
  std::string type;      ///< "Release".
  std::string sanitize;  ///< Empty, "address,undefined", "thread".
};

struct EngineEntry {
  std::string name;
  std::string version;
  std::string loaded;
  std::string licence;
  bool available = true;
  std::string reason;  ///< Why it is not available.
};

/// A case with its data, small enough to print.
struct CounterexampleEntry {
  std::string problem;  ///< Canonical name.
  std::vector<std::pair<std::string, Tensor>> operands;
  Environment environment;
  std::string operand;  ///< Of the first difference; empty where there is none (a crash).
  std::int64_t index = 0;
  std::vector<std::int64_t> position;
  double expected = 0;
  double found = 0;
  double bound = 0;
  std::int64_t differing = 0;
};

struct VerdictEntry {
  std::string check;      ///< Id of the law or pass.
  std::string statement;  ///< What it demands, one line.
  std::string engine;
  std::string suite;     ///< Empty for a law's own cases.
  std::string problem;   ///< Canonical name; empty for a law's own cases.
  std::string label;     ///< The suite's name for the problem.
  std::string level;     ///< required, recommended, informative.
  std::string expected;  ///< holds, refuted.
  std::string verdict;   ///< holds, refuted, vacuous, gave-up, not-applicable, crashed, timed-out.
  bool failure = false;
  std::string
      known_failure;  ///< Not empty: it would fail the run, but is known to, for that reason.
  std::string detail;
  std::int64_t cases = 0;
  std::int64_t not_applicable = 0;
  std::uint64_t seed = 0;
  std::int64_t shrinks = 0;
  std::optional<CounterexampleEntry> counterexample;
  std::string diagnosis;  ///< The cause, from probes; empty where none was found.
  std::string reproducer;
  std::optional<double> bound_used;
  double seconds = 0;
};

/// One thing that a textbook statement's answer rests on.
struct EvidenceEntry {
  std::string kind;         ///< cells, law, check.
  std::string name;         ///< Of a law or check; the first words of the cells' names.
  std::string expected;     ///< holds, refuted.
  std::string found;        ///< holds, refuted, mixed (cells differ), not-judged.
  std::int64_t judged = 0;  ///< Cells judged of `cells`; 1 of 1 for a law or check.
  std::int64_t cells = 0;
  std::int64_t cases = 0;
  std::string
      detail;  ///< Of what is refuted, the smallest counterexample; of a check, its finding.
};

/// A sentence of the textbooks, judged.
struct StatementEntry {
  int number = 0;
  std::string sentence;
  std::string answer;  ///< true, false, "true under conditions".
  std::string correction;
  std::string proof;
  bool established = false;  ///< All of the evidence was judged and is as expected.
  std::vector<EvidenceEntry> evidence;
};

/// How accurate one engine was on one problem, against the exact result.
struct AccuracyEntry {
  std::string engine;
  std::string problem;
  std::string label;
  std::string fill;
  std::int64_t outputs = 0;
  double max_ulps = 0;           ///< Of the exact value's unit in the last place.
  double correctly_rounded = 0;  ///< Share of the outputs, 0 to 1.
  double max_bound_used = 0;     ///< max |error| / bound.
  double max_error_over_us = 0;  ///< max |error| / (u S).
};

/// An engine beside the best of the others.
struct RatioEntry {
  std::string other;
  double value = 0;  ///< Other's time / this engine's time: above 1, this one is faster.
  double low = 0;    ///< With `high`: the interval, right with probability `confidence`.
  double high = 0;
  double confidence = 0;
  double p_value = 1;
  std::string bound;  ///< Empty; at-least, at-most where one side is over budget.
  std::string call;   ///< faster, slower, inconclusive.
  std::string text;   ///< "1.27", "~0.99" where neither faster nor slower, ">= 13".
};

struct TimingEntry {
  std::string engine;
  std::string suite;
  std::string family;
  std::string problem;
  std::string label;
  int threads = 1;
  std::string layout;  ///< preferred, plain.
  std::string status;  ///< timed, unsupported, wrong, failed, dishonest, over-budget.
  std::string reason;  ///< For every status but timed.
  std::string algorithm;
  bool verified = false;              ///< The result was within the bound before timing.
  bool verified_after = false;        ///< So was that of the last timed call, on changed operands.
  std::int64_t verified_outputs = 0;  ///< Outputs compared with the exact answer, of `outputs`.
  std::int64_t outputs = 0;
  std::vector<double> samples_seconds;  ///< One per block: block time / calls.
  std::vector<std::int64_t> sample_calls;
  std::vector<int> sample_launches;  ///< The process of each sample, from 0; empty: one.
  std::vector<int>
      sample_blocks;  ///< The turn of each sample; engines share turns. Empty: 0, 1, ...
  /// Empty, or: this is the engine of that name started once more, so that this run's noise shows.
  std::string same_as;
  bool self_timed = false;  ///< By a program's own clock, held to that of this process.
  double noise_floor = 0;   ///< Relative: what this problem's times do not resolve.
  std::optional<RatioEntry> ratio;
  double median_seconds = 0;
  double with_conversion_seconds =
      0;  ///< A call with conversions from and to plain; 0: not measured.
  double prepare_seconds = 0;
  double pack_seconds = 0;
  std::uint64_t workspace_bytes = 0;
  double flops = 0;             ///< 2 * valid multiply-adds of the problem.
  double nominal_flops = 0;     ///< Taps in the padding included.
  double gflops = 0;            ///< flops / median / 1e9.
  double peak_percent = 0;      ///< Of the FMA peak of the same run, type and thread count.
  double compulsory_bytes = 0;  ///< Every operand once.
  double limit_seconds = 0;     ///< The least time by this run's limits; 0: not known.
  std::string limit_by;         ///< The limit that says so: "fma-peak", "bandwidth-l2".
  double limit_percent = 0;     ///< 100 * limit_seconds / median.
  /// Single calls after a flush of the caches, x, bias and y read again, or nothing; empty: not
  /// measured.
  std::vector<double> cold_weights_samples_seconds;
  std::vector<double> cold_samples_seconds;
  std::optional<double> allocations;        ///< Of a call.
  std::optional<double> peak_memory_bytes;  ///< Of plan, packed weights and calls, at the highest.
  std::optional<double> instructions;       ///< Of a call, user mode, all threads; so the next two.
  std::optional<double> cycles;
  std::optional<double> cache_misses;
  double lower_bound_seconds = 0;  ///< For over-budget.
  bool best = false;               ///< The fastest engine of its problem and thread count.
};

struct LimitEntry {
  std::string name;  ///< "fma-peak", "bandwidth-l1" ... "bandwidth-dram", "fork-join".
  std::string type;  ///< "f32"; empty where the limit is not one of a type.
  int threads = 1;
  double value = 0;
  std::string unit;  ///< "GFLOP/s", "GB/s", "s".
  std::vector<double> samples;
  /// What it was measured with: the vector target or instruction of a peak. May be empty.
  std::string by;
};

struct CacheEntry {
  int level = 1;
  std::uint64_t bytes = 0;
  int shared_by = 1;   ///< Processors.
  std::string source;  ///< sysfs, sysconf, assumed.
};

/// An engine over the problems of one family.
struct FamilyScore {
  std::string suite;
  std::string family;
  int problems = 0;   ///< All of the family.
  int in_ratio = 0;   ///< Those behind `ratio`.
  double ratio = 0;   ///< Geometric mean of best other's time / time; 0 where there is none.
  std::string bound;  ///< Empty, at-least, at-most; unknown: bounds on both sides.
  int timed = 0;      ///< Those behind `gflops`.
  double gflops = 0;  ///< Geometric mean.
};

/// Geometric means over families, so that no family outweighs another (score.hpp).
struct ScoreEntry {
  std::string engine;
  int threads = 1;
  std::vector<FamilyScore> families;
  int problems = 0;
  int in_ratio = 0;
  double ratio = 0;
  std::string bound;
  int timed = 0;
  double gflops = 0;
};

/// One problem in two reports, or with two engines.
struct ComparisonEntry {
  std::string base_engine;
  std::string new_engine;
  std::string suite;
  std::string family;
  std::string problem;
  std::string label;
  int threads = 1;
  std::string layout;
  /// faster, slower, same, inconclusive; lost: timed before and not now; gained: the other way
  /// round; not-compared: in one report only, or timed in neither.
  std::string verdict;
  std::string reason;       ///< For inconclusive, lost, gained, not-compared and bounds.
  double base_seconds = 0;  ///< Median; a lower bound where over budget; 0: not timed.
  double new_seconds = 0;
  double time_ratio = 0;  ///< new / base: above 1, it became slower. 0 where there is none.
  double ratio_low = 0;   ///< With ratio_high: the interval, right with probability `confidence`.
  double ratio_high = 0;
  double confidence = 0;
  double noise_floor = 0;  ///< Relative: what the two measurements cannot resolve.
  double p_value = 1;
  double p_adjusted = 1;  ///< For the number of comparisons.
  int base_samples = 0;
  int new_samples = 0;
};

/// One of two engines on one problem.
struct DifferenceSide {
  std::string engine;
  bool ran = false;
  std::string reason;  ///< Why it has no result.
  std::string algorithm;
  std::optional<AccuracyEntry> accuracy;  ///< Absent where the exact result was not computed.
  std::string wrong;                      ///< Not empty: beyond the bound of its own claim.
};

/// The first element of two results whose bits differ.
struct BitDifferenceEntry {
  std::int64_t index = 0;
  std::vector<std::int64_t> position;
  std::string a_bits;  ///< "0x3f800000".
  std::string b_bits;
  double a = 0;
  double b = 0;
  double ulps = 0;      ///< Numbers of the type between the two.
  double max_ulps = 0;  ///< Over all elements.
  std::int64_t differing = 0;
};

/// Two engines on one problem.
struct DifferenceEntry {
  std::string suite;
  std::string family;
  std::string problem;
  std::string label;
  int threads = 1;
  std::string layout;
  DifferenceSide a;
  DifferenceSide b;
  std::int64_t outputs = 0;
  std::string bits;  ///< same, differ, unknown.
  std::optional<BitDifferenceEntry> first;
  std::string error;   ///< B's beside A's: same, smaller, larger, wrong, unknown.
  std::string reason;  ///< For what is unknown.
};

/// What comparisons mean.
struct ComparisonTerms {
  std::string base;  ///< What was compared: a file, or an engine.
  std::string fresh;
  double min_effect = 0;  ///< Relative: smaller changes of time are none.
  double alpha = 0;       ///< Probability of one false "faster" or "slower" in all comparisons.
  std::vector<std::string> notes;
};

/// What a validation would have seen: its cases, asked of engines with planted bugs.
struct PowerEntry {
  std::string basis;                ///< measured, recorded (for whole suites), none.
  std::vector<std::string> suites;  ///< For recorded: those with a record.
  std::int64_t faults = 0;          ///< Planted bugs.
  std::int64_t seen = 0;
  std::vector<std::string> missed;  ///< Their names.
  std::int64_t problems = 0;        ///< Of the run.
  std::int64_t asked = 0;           ///< For measured: those small enough for planted bugs.
  /// Share of problems on which a fault shows, and its chance to show on none of the run's.
  std::vector<std::pair<double, double>> escapes;
};

/// An exact result that verdicts rest on, to be computed again (convcheck verify).
struct ExactEntry {
  std::string problem;  ///< Canonical name.
  std::string fill;     ///< Name of the data (FillKind).
  std::uint64_t seed = 0;
  std::uint64_t operands =
      0;  ///< Fingerprint (properties::exact_hash) of what it was computed from.
  std::uint64_t result = 0;
};

/// An entry of a file of known failures (known_failures.hpp), and what became of it in a run.
struct KnownFailure {
  std::string engine;  ///< Patterns, up to `versions`: * for any text, ? for one character.
  std::string check;   ///< Law or pass.
  std::string suite = "*";
  std::string problem;         ///< Canonical name, or the suite's label.
  std::string versions = "*";  ///< Of the engine.
  std::string reason;
  std::string expires;       ///< Last day on which it excuses: "2027-01-31".
  std::string state;         ///< met, unexpected-pass, over-broad, stale, expired, not-judged.
  std::int64_t failing = 0;  ///< Verdicts that it matches.
  std::int64_t holding = 0;
  std::string example;  ///< A problem that it matches and that holds.
};

struct Document {
  int schema_version = kSchemaVersion;
  std::string kind;                    ///< validate, laws, bench, replay, compare, diff.
  std::vector<std::string> arguments;  ///< Command line without the program.
  std::string started_at;              ///< UTC, ISO 8601.
  double seconds = 0;
  Machine machine;
  Build build;
  std::vector<std::pair<std::string, std::string>> environment;  ///< Variables that change results.
  std::vector<EngineEntry> engines;
  std::vector<VerdictEntry> verdicts;
  std::vector<StatementEntry> statements;  ///< Of laws, where they were judged.
  std::optional<PowerEntry> power;         ///< Of a validation.
  std::vector<ExactEntry> exact_results;   ///< Of a validation.
  std::vector<KnownFailure> known_failures;
  std::vector<AccuracyEntry> accuracy;
  std::vector<LimitEntry> limits;
  std::vector<CacheEntry> caches;  ///< Of a bench.
  std::uint64_t flush_bytes = 0;   ///< Gone through before every cold call; 0: none was made.
  std::vector<TimingEntry> timings;
  std::vector<ScoreEntry> scores;
  std::optional<ComparisonTerms> comparison;
  std::vector<ComparisonEntry> comparisons;
  std::vector<DifferenceEntry> differences;
  int exit_code = 0;
  bool complete = true;  ///< False if the run was interrupted.
};

}  // namespace convcheck::reports
