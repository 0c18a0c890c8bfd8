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

std::string laws_markdown() {
  std::string text =
      "# The laws\n\n"
      "Generated from the registry, `properties/laws.inc`; `ctest -R properties.laws_test` says "
      "how to\n"
      "make it anew. `a` is the data operand of the operation F (x for conv and wgrad, y for "
      "deconv),\n"
      "`b` its partner (w; y for wgrad). `*` is true convolution, `corr` cross-correlation,\n"
      "`corr(f, g)[n] = sum over k of f[k] g[k-n]`, R reversal. Unless a law says otherwise, data "
      "are\n"
      "integers whose sums are exact, and results are compared without any tolerance.\n\n"
      "A law that is false is stated too: the suite must refute it with its smallest "
      "counterexample,\n"
      "by total length, then sum of magnitudes, then the operands' lengths in order, then\n"
      "lexicographically with 0 < 1 < -1.\n\n"
      "| law | statement | truth | level | source |\n|---|---|---|---|---|\n";
  for (const Law* law : laws()) {
    std::string truth = "true";
    if (law->expected == Truth::kFalse) truth = fmt::format("**false**: {}", law->counterexample);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", law->id, law->statement, truth,
                        to_string(law->level), law->source);
  }
  return text;
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
