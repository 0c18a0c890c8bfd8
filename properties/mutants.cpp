// SPDX-License-Identifier: Apache-2.0
#include "properties/mutants.hpp"

#include <string>

namespace convcheck::properties {

#define CONVCHECK_MUTANT(name) extern const Mutant name##_mutant;
#include "properties/mutants.inc"
#undef CONVCHECK_MUTANT

const std::vector<const Mutant*>& mutants() {
  static const std::vector<const Mutant*> all = {
#define CONVCHECK_MUTANT(name) &name##_mutant,
#include "properties/mutants.inc"
#undef CONVCHECK_MUTANT
  };
  return all;
}

Result<std::unique_ptr<Engine>> make_mutant(std::string_view name) {
  constexpr std::string_view kPrefix = "mutant:";
  if (name.substr(0, kPrefix.size()) == kPrefix) name.remove_prefix(kPrefix.size());
  std::string known;
  for (const Mutant* mutant : mutants()) {
    if (mutant->name == name)
      return make_planted_engine(fmt::format("{}{}", kPrefix, name), mutant->make());
    known += fmt::format("{}{}", known.empty() ? "" : ", ", mutant->name);
  }
  return fail(ErrorCode::kEngineStart, "mutant:{}: no planted bug of that name; there are {}", name,
              known);
}

}  // namespace convcheck::properties
