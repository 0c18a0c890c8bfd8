// SPDX-License-Identifier: Apache-2.0
// From what the other rooms found to what a report holds.
#pragma once

#include "benchmarks/bench.hpp"
#include "properties/validate.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

/// One verdict of a law; `failure` as is_failure says, for laws of a lower level only if asked.
reports::VerdictEntry verdict_entry(const properties::Law&, const properties::Verdict&,
                                    properties::Level asked);

/// A validation's verdicts and accuracies, added to the document.
void add_validation(const properties::ValidationResult&, const std::string& suite,
                    properties::Level asked, reports::Document&);

void add_timings(const benchmarks::BenchResult&, reports::Document&);

}  // namespace convcheck::cli
