// SPDX-License-Identifier: Apache-2.0
// What mathematics says of each cell of the law table, and the lemma that says so.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/table/lemma.hpp"
#include "properties/table/proof.hpp"
#include "properties/table/statement.hpp"

namespace convcheck::properties::table {

enum class CellTruth : std::uint8_t {
  kTrue,
  kFalseByValue,
  kFalseByShape,
  kFalseByBoth,  ///< By value and, on other operands, by shape.
  kIllTyped,
};
inline constexpr std::array kCellTruths = {CellTruth::kTrue, CellTruth::kFalseByValue,
                                           CellTruth::kFalseByShape, CellTruth::kFalseByBoth,
                                           CellTruth::kIllTyped};
/// "true", "false by value", "false by value and by shape", "ill-typed", ...
std::string_view to_string(CellTruth);

/// What is expected of a cell.
struct Expectation {
  CellTruth truth = CellTruth::kTrue;
  Lemma lemma = Lemma::kBilinear;
  std::optional<Lemma> through;  ///< What carries it from signals to the cell's kind.
};
/// `cell` is stated.
Expectation expectation(const Cell& cell);

/// Why a cell is ill-typed: one sentence.
std::string_view ill_typed_reason(const Cell& cell);

/// What exact arithmetic found, as a truth.
CellTruth truth_of(const Found& found);

/// Every stated cell: statements, orientations, settings, kinds, in that order.
const std::vector<Cell>& all_cells();

/// A statement for one orientation, with a letter for each kind of each setting; one letter where
/// all kinds have the same.
struct LetterRow {
  Statement statement;
  Orientation orientation;
  std::map<Setting, std::string> letters;
};
/// `cells` in the order of all_cells.
std::vector<LetterRow> letter_rows(const std::vector<Cell>& cells,
                                   const std::function<char(const Cell&)>& letter);

}  // namespace convcheck::properties::table
