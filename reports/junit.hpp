// SPDX-License-Identifier: Apache-2.0
// Verdicts as JUnit XML, which CI servers show as tests.
#pragma once

#include <string>

#include "reports/document.hpp"

namespace convcheck::reports {

/// One testsuite an engine, one testcase a verdict. A failure carries detail and reproducer; what
/// an engine does not support is `skipped` with its reason, and never counts as passed. Comparisons
/// are one more testsuite: a regression is a failure, what is inconclusive is skipped.
std::string to_junit(const Document&);

}  // namespace convcheck::reports
