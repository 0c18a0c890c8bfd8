// SPDX-License-Identifier: Apache-2.0
// What stands in the place of what, in plain words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "properties/diagnosis_map.hpp"

namespace convcheck::properties::diagnosis {

/// A product of the definition, and the one that the engine adds in its place.
struct Change {
  Meeting expected;
  Meeting found;
};

/// The one rule that all changes of the role's element follow: "x[iw+1]", "x[ih=0]", "w[kw=2] for
/// w[kw=1]", "the channels of the first group"; nothing where there is none.
std::optional<std::string> change_text(const Incidence&, Role, const std::vector<Change>&);
/// The first change as an example: "x[0, 1, 2, 3] for x[0, 1, 2, 2], for example".
std::string example_text(const Incidence&, const std::vector<Change>&);

/// The difference of the five coordinates at `first`, if all changes have the same.
std::optional<Meeting> constant_shift(std::size_t first, const std::vector<Change>&);

/// Of conv: every output that is wrong holds what belongs to one other output.
std::optional<std::string> displaced_outputs(const Incidence&, const Map&);

}  // namespace convcheck::properties::diagnosis
