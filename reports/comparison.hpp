// SPDX-License-Identifier: Apache-2.0
// Comparisons as tables and sentences.
#pragma once

#include <cstdint>
#include <string>

#include "reports/document.hpp"
#include "reports/summary.hpp"

namespace convcheck::reports {

/// A row a comparison: what was timed, both times, the change with its interval, the noise floor,
/// the corrected p, the verdict.
Table comparison_table(const Document&);

/// "1 slower, 0 faster, 20 same, 3 inconclusive of 24 compared; 1 lost".
std::string comparison_counts(const Document&);

/// Slower than before, or timed before and not now.
bool is_regression(const ComparisonEntry&);

/// Comparisons that say something: neither gained nor not-compared.
std::int64_t compared_count(const Document&);

/// What the verdicts mean: the least effect, the correction, the notes, a line each.
std::string comparison_terms(const Document&);

}  // namespace convcheck::reports
