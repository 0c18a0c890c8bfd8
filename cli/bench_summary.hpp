// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "reports/document.hpp"

namespace convcheck::cli {

/// Prints what a bench found: limits, the table, ratios, and what is not time.
void print_bench_summary(const reports::Document&);

}  // namespace convcheck::cli
