// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

#include <string>

namespace convcheck::properties {

#define CONVCHECK_INNOCENT(name) extern const Innocent name##_innocent;
#include "properties/innocents.inc"
#undef CONVCHECK_INNOCENT

const std::vector<const Innocent*>& innocents() {
  static const std::vector<const Innocent*> all = {
#define CONVCHECK_INNOCENT(name) &name##_innocent,
#include "properties/innocents.inc"
#undef CONVCHECK_INNOCENT
  };
  return all;
}

Result<std::unique_ptr<Engine>> make_innocent(std::string_view name) {
  constexpr std::string_view kPrefix = "innocent:";
  if (name.substr(0, kPrefix.size()) == kPrefix) name.remove_prefix(kPrefix.size());
  std::string known;
  for (const Innocent* innocent : innocents()) {
    if (innocent->name == name)
      return make_planted_engine(fmt::format("{}{}", kPrefix, name), innocent->make());
    known += fmt::format("{}{}", known.empty() ? "" : ", ", innocent->name);
  }
  return fail(ErrorCode::kEngineStart, "innocent:{}: no innocent of that name; there are {}", name,
              known);
}

}  // namespace convcheck::properties
