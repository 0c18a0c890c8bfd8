// SPDX-License-Identifier: Apache-2.0
// The registry: laws.inc made into a list.
#include <algorithm>

#include "properties/law.hpp"

namespace convcheck::properties {

#define CONVCHECK_LAW(name) extern const Law name##_law;
#include "properties/laws.inc"
#undef CONVCHECK_LAW

const std::vector<const Law*>& laws() {
  static const std::vector<const Law*> list = {
#define CONVCHECK_LAW(name) &name##_law,
#include "properties/laws.inc"
#undef CONVCHECK_LAW
  };
  return list;
}

const Law* find_law(std::string_view id) {
  const auto found =
      std::find_if(laws().begin(), laws().end(), [&](const Law* law) { return law->id == id; });
  return found == laws().end() ? nullptr : *found;
}

}  // namespace convcheck::properties
