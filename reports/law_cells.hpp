// SPDX-License-Identifier: Apache-2.0
// The verdicts of a run of laws as tables: laws down, and the law table of each engine.
#pragma once

#include <string>
#include <vector>

#include "reports/document.hpp"
#include "reports/summary.hpp"

namespace convcheck::reports {

/// Checks that are no cells of the law table down, engines across: the verdicts, those that fail
/// marked !.
Table law_verdict_table(const Document&);

/// For each engine that judged cells, "statement:orientation:setting:kind", a table: statements and
/// orientations down, settings across, a letter for each kind (one where all have the same): Y
/// holds, N refuted, ? not judged, ! not as expected.
std::vector<Table> law_cell_tables(const Document&);

}  // namespace convcheck::reports
