// SPDX-License-Identifier: Apache-2.0
// Counts of a document, and the two tables that terminals and CI pages show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/document.hpp"

namespace convcheck::reports {

/// Verdicts of one engine and one check.
struct Tally {
  std::string engine;
  std::string check;
  std::int64_t holds = 0;  ///< As expected: a false law refuted counts here.
  std::int64_t failed = 0;
  std::int64_t known = 0;           ///< Failures that are known (VerdictEntry::known_failure).
  std::int64_t not_applicable = 0;  ///< Never added to `holds`.
  std::int64_t inconclusive = 0;    ///< Gave up, or a deviation at a level that does not fail.
};

/// One per engine and check, in the order in which they first stand in the document.
std::vector<Tally> tallies(const Document&);
/// Verdicts that fail, and known failures that are no longer what they say.
std::int64_t failure_count(const Document&);
/// Verdicts and comparisons.
std::int64_t inconclusive_count(const Document&);
/// Verdicts that judged at least one case.
std::int64_t judged_count(const Document&);

/// A cell grid with the first row as header; columns of numbers are right-aligned.
struct Table {
  std::vector<std::vector<std::string>> rows;
};

/// Engines down, checks across: "102" or "99 of 102" that hold, "-" where nothing
/// applied; checks that applied to no engine are left out.
Table verdict_table(const Document&);

/// Problems down, engines across (GFLOP/s, percent of the limit, best marked with *), one block of
/// columns a thread count; the last column is the first engine's ratio: best other time / its time.
/// Engines started once more (TimingEntry::same_as) are left out.
Table timing_table(const Document&);

/// Fixed-width text, two spaces between columns.
std::string to_text(const Table&);
/// A GitHub-flavoured Markdown table.
std::string to_markdown(const Table&);

/// "Power: this run would have seen 120 of 140 planted bugs; not ...", and what rare faults escape.
std::string power_text(const PowerEntry&);

/// How large an error is beside its bound, before the bound's name: "66.4 % of", "4.41e+06 times".
std::string format_bound_used(double bound_used);

/// "1.23 ms", "456 us": three significant digits.
std::string format_seconds(double seconds);

}  // namespace convcheck::reports
