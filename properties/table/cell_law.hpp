// SPDX-License-Identifier: Apache-2.0
// The cells of the law table as laws, for any engine.
#pragma once

#include <vector>

#include "properties/law.hpp"
#include "properties/table/truth.hpp"

namespace convcheck::properties::table {

/// The cell as a law about values: id "associative:corr:full:1-D", products by the engine in f32.
/// Its cases are single problems or chains of two, whose operands are those of the statement. By
/// shape nothing is asked of an engine, which is told the shapes. Null for an ill-typed cell.
const Law* cell_law(const Cell& cell);
/// Null for an id that is no cell's, or an ill-typed one's.
const Law* find_cell_law(std::string_view id);

/// The problem or chain that stands for a shape; invalid if a product has no values.
Chain chain_of(const Cell& cell, const CaseShape& shape);
/// The shape that the chain stands for, if it does.
std::optional<CaseShape> shape_of(const Cell& cell, const Chain& chain);
/// One that a chain stands for: what the cell's law draws.
CaseShape draw_case_shape(const Cell& cell, Random& random);
/// As a case of the cell's law.
Case case_of(const Cell& cell, const TableCase& c);

}  // namespace convcheck::properties::table
