// SPDX-License-Identifier: Apache-2.0
// What of a report can be checked without its engines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::reports {

struct Verifiable {
  std::string version;  ///< Of the convcheck that wrote it.
  std::vector<ExactEntry> exact_results;
  /// Where the report says two things that cannot both be: one sentence each.
  std::vector<std::string> contradictions;
};

/// Reads the JSON report of a validation and holds it to the schema. kParse with the place, what is
/// there and what would be right; `source` (a file's name) stands before it.
Result<Verifiable> read_verifiable(std::string_view json, std::string_view source);

}  // namespace convcheck::reports
