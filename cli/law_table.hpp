// SPDX-License-Identifier: Apache-2.0
// The law table of `convcheck laws`: its cells by name, what exact integers find, its print; and
// the textbook statements that rest on it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "properties/table/truth.hpp"
#include "properties/textbook/statement.hpp"
#include "reports/document.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {

/// The engine of verdicts that exact integers gave, without any engine.
inline constexpr const char* kExactIntegers = "exact-integers";

/// Random cases in exact integers for each one that --cases asks for; and on an engine that keeps
/// its problems ready, in more than one dimension or channel.
inline constexpr std::int64_t kExactCasesPerCase = 20;
inline constexpr std::int64_t kQuickCasesPerCase = 2;

/// Whether the word is a statement of the table ("associative") or a cell ("shift:conv:full:1-D").
bool names_cells(const std::string& word);

/// The cells of the statements and cells named (all if none is), in the settings named (all if none
/// is). kBadInput for a setting of no such name and for a choice that leaves nothing.
Result<std::vector<properties::table::Cell>> chosen_cells(const std::vector<std::string>& words,
                                                          const std::vector<std::string>& settings);

/// Proves or refutes the typed cells in exact integers, on every CPU; a failure is what is not what
/// the cell's lemma says. Stops early, with the verdicts so far, once `stop` says so.
std::vector<reports::VerdictEntry> exact_verdicts(const std::vector<properties::table::Cell>& cells,
                                                  const properties::table::ProofOptions& options,
                                                  const std::function<bool()>& stop);

/// A row for each statement and orientation, a column for each setting; one letter where all kinds
/// agree, six where they differ. `verdicts` are those of `engine`, on `cells` and others.
reports::Table law_table(const std::vector<properties::table::Cell>& cells,
                         const std::string& engine,
                         const std::vector<reports::VerdictEntry>& verdicts);
/// What the letters mean.
std::string law_table_legend();

/// A row for each refuted cell of one dimension: its equation and smallest counterexamples.
reports::Table counterexample_table(const std::vector<properties::table::Cell>& cells,
                                    const std::vector<reports::VerdictEntry>& verdicts);

/// The check that "check:NAME" names; null for another word.
const properties::textbook::Check* named_check(std::string_view word);
/// Runs checks of the textbook statements, by enumeration in exact arithmetic.
std::vector<reports::VerdictEntry> check_verdicts(
    const std::vector<const properties::textbook::Check*>& list);

/// The textbook statements, each with what `verdicts` found of its evidence: cells and checks in
/// exact integers, laws on `engine`.
std::vector<reports::StatementEntry> statement_entries(
    const std::string& engine, const std::vector<reports::VerdictEntry>& verdicts);

}  // namespace convcheck::cli
