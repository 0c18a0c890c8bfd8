// SPDX-License-Identifier: Apache-2.0
// docs/laws.md, made from what the suite runs.
#pragma once

#include <string>

namespace convcheck::properties::textbook {

/// The definitions, the lemmas, the law table, its smallest counterexamples, the textbook
/// statements and the laws on any engine; searches the counterexamples and runs the checks, a few
/// seconds.
std::string laws_markdown();

}  // namespace convcheck::properties::textbook
