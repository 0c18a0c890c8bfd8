// SPDX-License-Identifier: Apache-2.0
// Counterexamples read back from a report, to be run again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::reports {

/// The verdicts of a JSON report that carry a counterexample, in order. kParse with the place in
/// the document, what is there and what would be right; `source` (a file's name) stands before it.
Result<std::vector<VerdictEntry>> read_counterexamples(std::string_view json,
                                                       std::string_view source);

/// One such verdict, as to_json(VerdictEntry) wrote it.
Result<VerdictEntry> read_counterexample(std::string_view json, std::string_view source);

}  // namespace convcheck::reports
