// SPDX-License-Identifier: Apache-2.0
#include "properties/validate.hpp"

namespace convcheck::properties {
namespace {

std::string surroundings(const PassCase& c) {
  const Environment& e = c.environment;
  std::string text = fmt::format("{} thread{}", e.threads, e.threads == 1 ? "" : "s");
  if (e.layout == LayoutChoice::kPreferred) text += ", preferred layouts";
  text += e.guard == GuardSide::kBefore ? ", guard before" : ", guard after";
  if (e.misalignment_bytes != 0) text += fmt::format(", {} bytes off a line", e.misalignment_bytes);
  if (e.poison != 0xFF) text += fmt::format(", poison {:#04x}", e.poison);
  if (e.prior_calls != 0) text += fmt::format(", after {} calls", e.prior_calls);
  if (e.concurrent_calls > 1) text += fmt::format(", {} plans at once", e.concurrent_calls);
  if (c.variant == Variant::kEmptyBatch) text += ", with an empty batch";
  if (c.variant == Variant::kOnePixel) text += ", with one pixel";
  return text;
}

}  // namespace

std::string profile_demands(Profile profile, const std::vector<int>& threads) {
  // Of a problem with more terms than the ladder has rungs, small enough to be called often.
  const std::vector<PassCase> cases = pass_cases({effort_of(profile, 0), threads, 1e9, 0});
  std::string text = fmt::format("profile {}, version {}\n", to_string(profile), kProfileVersion);
  for (const Pass pass : kPasses) {
    const Law& law = pass_law(pass);
    text += fmt::format("\n{} ({}): {}\n", law.id, to_string(law.level), law.statement);
    std::size_t count = 0;
    for (const PassCase& c : cases) {
      if (c.pass != pass) continue;
      ++count;
      text += fmt::format("  {}, {}\n", to_string(c.fill), surroundings(c));
    }
    if (count == 0) text += "  nothing\n";
  }
  return text;
}

}  // namespace convcheck::properties
