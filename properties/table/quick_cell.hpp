// SPDX-License-Identifier: Apache-2.0
// A cell on an engine that keeps its problems ready: many cases a second.
#pragma once

#include <memory>

#include "properties/law.hpp"
#include "properties/table/statement.hpp"

namespace convcheck::properties::table {

/// Cases of a true cell in exact integers: shapes as the table draws them, several sets of values
/// for each. What the sides compare to, exact arithmetic says; products are the engine's.
std::unique_ptr<QuickCases> quick_cell(const Cell& cell, Runner& runner);

}  // namespace convcheck::properties::table
