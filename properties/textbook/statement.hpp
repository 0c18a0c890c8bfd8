// SPDX-License-Identifier: Apache-2.0
// What textbooks say of convolution, sentence by sentence: judged, with what this suite runs as
// proof.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/table/truth.hpp"

namespace convcheck::properties::textbook {

enum class Answer : std::uint8_t {
  kTrue,
  kFalse,
  kConditional,  ///< True under conditions that the sentence leaves out.
};
/// "true", "false", "true under conditions".
std::string_view to_string(Answer);

/// One thing that runs and whose outcome the answer rests on.
struct Evidence {
  enum class Kind : std::uint8_t {
    kCells,  ///< Typed cells of the law table, in exact integers.
    kLaw,    ///< A law of the registry.
    kCheck,  ///< An enumeration of its own: checks().
  };
  Kind kind = Kind::kCells;
  /// The id of a law or check, or the first words of names of cells: "shift:conv:full" means every
  /// kind of operand there.
  std::string_view name;
  bool holds = true;  ///< What is expected of it; a check always holds.
};

struct Statement {
  int number = 0;             ///< From 1 on.
  std::string_view sentence;  ///< As it is usually said.
  Answer answer = Answer::kTrue;
  std::string_view correction;  ///< What can be said instead, or the conditions.
  std::string_view proof;       ///< Cites lemmas of the table by name.
  std::span<const Evidence> evidence;
};
/// All of them, in order.
std::span<const Statement> statements();

/// What a check found.
struct CheckResult {
  bool holds = true;
  std::int64_t cases = 0;
  std::string detail;  ///< Numbers and smallest counterexamples, one line.
};
/// A claim of a statement that no law or cell makes, decided by enumeration in exact arithmetic.
struct Check {
  std::string_view name;  ///< "even-origin".
  std::string_view statement;
  CheckResult (*run)();
};
std::span<const Check> checks();
/// Null for an unknown name.
const Check* find_check(std::string_view name);

/// The typed cells whose names begin with these words.
std::vector<table::Cell> cells_of(std::string_view words);

/// What is known of one piece of evidence by its name: nothing if it was not judged.
struct Known {
  bool holds = true;
  std::int64_t cases = 0;
  std::string detail;
};
using Lookup = std::function<std::optional<Known>(Evidence::Kind, std::string_view name)>;

struct Found {
  const Evidence* evidence = nullptr;
  std::int64_t cells = 0;   ///< Of kCells: how many.
  std::int64_t judged = 0;  ///< How many of them (1 of others) were.
  std::int64_t differ = 0;  ///< Of those: not as expected.
  std::int64_t cases = 0;   ///< Judged in all.
  std::string detail;       ///< Of a check or a false law: its own; of false cells: the first's.
  [[nodiscard]] bool as_expected() const { return judged > 0 && judged == cells && differ == 0; }
};
/// Every piece of evidence of the statement; `lookup` is asked for single cells.
std::vector<Found> judge(const Statement&, const Lookup& lookup);
/// Whether all of it was judged and came out as expected.
bool established(const std::vector<Found>&);

}  // namespace convcheck::properties::textbook
