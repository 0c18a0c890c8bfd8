// SPDX-License-Identifier: Apache-2.0
// One number for an engine over suites of problems, in which no family outweighs another.
#pragma once

#include <string>
#include <vector>

#include "reports/document.hpp"
#include "reports/summary.hpp"

namespace convcheck::reports {

/// Scores of every engine and number of threads in the timings, in their order:
///
///   score = exp(mean over families of (mean over problems of ln r)),  r = best other's time / time
///
/// and the same of GFLOP/s. A family is one of one suite; a problem without a family belongs to its
/// suite. r is TimingEntry::ratio, a bound where one side is over budget; problems without it
/// (unsupported, wrong, no other engine timed) are left out and counted.
/// Engines started once more (TimingEntry::same_as) take no part.
std::vector<ScoreEntry> scores(const Document&);

/// Families down, engines across, one block of columns a thread count: the ratio, or GFLOP/s of a
/// single engine; "1.27 (5 of 6)" where problems are left out. The last row is the score.
Table score_table(const std::vector<ScoreEntry>&);

/// The sentence above that table, without a full stop.
std::string score_heading(const std::vector<ScoreEntry>&);

}  // namespace convcheck::reports
