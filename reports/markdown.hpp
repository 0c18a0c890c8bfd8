// SPDX-License-Identifier: Apache-2.0
// A document as the Markdown summary of a CI page.
#pragma once

#include <string>

#include "reports/document.hpp"

namespace convcheck::reports {

/// What ran, the tables, and every failure with its counterexample and reproducer.
std::string to_markdown(const Document&);

/// One failure as a few lines of text: what was demanded, the smallest case, expected and found,
/// how to see it again. Terminals and Markdown share it.
std::string failure_text(const VerdictEntry&);

/// "[[1, 0], [0, 2]]"; past `limit` elements the rest is counted, not printed.
std::string tensor_text(const Tensor&, std::int64_t limit = 64);

}  // namespace convcheck::reports
