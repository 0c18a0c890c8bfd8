// SPDX-License-Identifier: Apache-2.0
// docs/others.md: the acceptance rules of others beside ours, from what they do to planted bugs.
#pragma once

#include <string>
#include <vector>

#include "properties/others/comparison.hpp"

namespace convcheck::properties::others {

/// The whole page, from all rows of judge_bugs and judge_innocents.
std::string others_markdown(const std::vector<RuleRow>& bugs,
                            const std::vector<RuleRow>& innocents);

/// The line of the page about one bug or innocent, with its newline.
std::string bug_line(const RuleRow&);
std::string innocent_line(const RuleRow&);

}  // namespace convcheck::properties::others
