// SPDX-License-Identifier: Apache-2.0
// A law is data: a statement about convolutions and a predicate over case values.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/case.hpp"
#include "core/random.hpp"

namespace convcheck::properties {

using convcheck::to_string;  // Those below would hide it from aliases such as Shape.

enum class Level {
  kRequired,     ///< A violation fails the engine.
  kRecommended,  ///< A contract that not every library makes: fails only if asked.
  kInformative,  ///< Reported.
};
const char* to_string(Level);

/// What mathematics says of a law. A false law is stated too: the suite must refute it.
enum class Truth { kTrue, kFalse };

/// Data of cases.
enum class DataKind {
  kBoth,      ///< As drawn: every other case rounds, if the law is judged on data that round.
  kExact,     ///< What the law's make_case gives: mostly integers whose sums are exact.
  kRounding,  ///< U(-1, 1) with full mantissas, for the laws that are judged on them.
};

/// Where and by how much two results differ.
struct Discrepancy {
  std::string operand;     ///< Name of the compared tensor.
  std::int64_t index = 0;  ///< Flat index.
  Shape position;          ///< The same per axis.
  double expected = 0;
  double found = 0;
  double bound = 0;        ///< Largest |found - expected| the law allows here; 0: bitwise.
  std::int64_t count = 0;  ///< Elements that violate.
};

/// What one evaluation of a law on one case says.
struct Judgement {
  enum class Kind {
    kHolds,
    kViolated,
    kVacuous,        ///< The case could not have shown a violation.
    kNotApplicable,  ///< Outside the domain, or the engine declines a problem (detail: why).
    kCrashed,
    kTimedOut,
    kEngineFailed,  ///< The engine answered with an error on a problem that it supports.
  };
  Kind kind = Kind::kHolds;
  std::string detail;  ///< One sentence; empty where it holds.
  std::optional<Discrepancy> discrepancy;
  /// The outcome behind a crash, a timeout, a finding or an engine's error.
  std::optional<Outcome> outcome;
  /// max |error| / bound over the outputs, for laws with a bound: how much of it was used.
  std::optional<double> bound_used;

  [[nodiscard]] bool is_bad() const {
    return kind == Kind::kViolated || kind == Kind::kCrashed || kind == Kind::kTimedOut ||
           kind == Kind::kEngineFailed;
  }
};
const char* to_string(Judgement::Kind);

/// A named tensor that a law's case brings; mostly operand_specs without the written one.
using LawOperands = std::vector<OperandSpec>;

/// Sees one case after the other until it returns false.
using CaseVisitor = std::function<bool(const Case&)>;

/// Small cases of exact integers, drawn and judged one after the other on problems that a runner
/// holds: the same judgements as by `holds`, made quickly.
class QuickCases {
 public:
  QuickCases() = default;
  QuickCases(const QuickCases&) = delete;
  QuickCases& operator=(const QuickCases&) = delete;
  virtual ~QuickCases() = default;

  /// kHolds, kVacuous, kNotApplicable, or kViolated for whatever goes wrong.
  virtual Judgement::Kind next(Random& random) = 0;
  /// The case of the last judgement, for `holds`.
  [[nodiscard]] virtual Case last() const = 0;
};

/// One law, in a file of its own under properties/laws/, with one line in the registry. It draws
/// nothing by itself: a case comes from `draw` and `make_case`, from a suite, from a file or from
/// the shrinker, and `holds` judges the value.
struct Law {
  std::string_view id;         ///< "adjointness": kebab-case, unique, the command-line name.
  std::string_view statement;  ///< The equation, as the report prints it.
  std::string_view source;     ///< Lemma, paper or definition.
  Level level = Level::kRequired;
  Truth expected = Truth::kTrue;
  /// Judged on data that round as well, within the bounds that the claims derive: `holds` says
  /// nothing about a difference that rounding explains.
  bool rounding = false;
  /// A problem or chain that the law speaks of, in sizes suited to random testing. Leaves shrinking
  /// to the domain shrinker.
  std::function<Chain(Random&)> draw;
  /// Whether the law speaks of this chain at all: true for all that `draw` draws. The shrinker and
  /// suites go through it.
  std::function<bool(const Chain&)> in_domain;
  /// The operands of a case on this chain: what the shrinker crops along with the problem.
  std::function<LawOperands(const Chain&)> operands;
  /// Data for a chain of the domain, from a seed: the same case for the same arguments.
  std::function<Case(const Chain&, std::uint64_t seed)> make_case;
  std::function<Judgement(Runner&, const Case&)> holds;
  /// For laws of short signals: every case up to a size, in the order of counterexamples (total
  /// length, sum of magnitudes, lengths in order, lexicographic with 0 < 1 < -1), until `visit`
  /// returns false. Makes the smallest counterexample *the* smallest. Null for other laws.
  std::function<void(const CaseVisitor& visit)> enumerate = nullptr;
  /// For true laws whose cases are a few numbers; null for other laws.
  std::function<std::unique_ptr<QuickCases>(Runner&)> quick = nullptr;
  /// Of a false law: the smallest counterexample, as data_text prints it.
  std::string_view counterexample = {};
};

/// Every law, in the order reports print them. A lint compares the list with the files.
const std::vector<const Law*>& laws();
/// A law of the list, or a cell of the law table (table/cell_law.hpp); null for an unknown id.
const Law* find_law(std::string_view id);

/// The operands of a case by name, "in = [1], w0 = [0, 1]"; of more than 16 elements, the first
/// ones.
std::string data_text(const Law& law, const Case& c);

}  // namespace convcheck::properties
