// SPDX-License-Identifier: Apache-2.0
// The textbook statements of a run as text.
#pragma once

#include <string>

#include "reports/document.hpp"

namespace convcheck::reports {

/// "15 textbook statements judged: 3 true, 2 false, 10 true under conditions".
std::string statement_counts(const Document&);

/// A paragraph a statement: number, answer, sentence; what can be said instead; the evidence, a
/// line each, and those not as expected marked !. For the terminal.
std::string statements_text(const Document&);

/// The same as a Markdown table: statement, answer, what can be said instead, evidence.
std::string statements_markdown(const Document&);

}  // namespace convcheck::reports
