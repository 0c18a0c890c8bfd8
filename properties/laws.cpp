// SPDX-License-Identifier: Apache-2.0
// The registry: laws.inc made into a list.
#include <algorithm>

#include "properties/law.hpp"
#include "properties/table/cell_law.hpp"

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
  return found == laws().end() ? table::find_cell_law(id) : *found;
}

std::string data_text(const Law& law, const Case& c) {
  constexpr std::int64_t kShown = 16;
  std::string text;
  const LawOperands specs = law.operands(c.chain);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Tensor& t = c.operands[i];
    text += fmt::format("{}{} = [", i == 0 ? "" : ", ", specs[i].name);
    for (std::int64_t k = 0; k < std::min(t.count(), kShown); ++k)
      text += fmt::format("{}{}", k == 0 ? "" : ", ", t.value(k));
    text += t.count() > kShown ? ", ...]" : "]";
  }
  return text;
}

}  // namespace convcheck::properties
