// SPDX-License-Identifier: Apache-2.0
// From a difference of two engines to what a report holds and judges.
#pragma once

#include <string>

#include "core/problem_text.hpp"
#include "properties/engine_diff.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

/// Where a difference was found; nothing is owned.
struct DifferencePlace {
  std::string a;  ///< Names of the engines in the report.
  std::string b;
  std::string suite;
  const SuiteLine* line = nullptr;
  const Case* c = nullptr;
};

reports::DifferenceEntry difference_entry(const properties::EngineDiff&, const DifferencePlace&);

/// "B gives A's bits": gave-up where that is unknown, not-applicable where A has no result, refuted
/// where B alone has none.
reports::VerdictEntry bits_verdict(const reports::DifferenceEntry&);
/// "B's error is no larger than A's".
reports::VerdictEntry error_verdict(const reports::DifferenceEntry&);

}  // namespace convcheck::cli
