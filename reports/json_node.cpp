// SPDX-License-Identifier: Apache-2.0
#include "reports/json_node.hpp"

namespace convcheck::reports {

Result<Json> parse_json(std::string_view text, std::string_view source) {
  // No exceptions: what is no JSON becomes a discarded value, and the callback keeps the depth
  // sane.
  constexpr int kMaxDepth = 32;
  bool too_deep = false;
  Json json = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
      },
      false);
  if (json.is_discarded() || too_deep)
    return fail(ErrorCode::kParse,
                "{}: {} bytes that are no JSON; a report is what --json wrote, whole", source,
                text.size());
  return json;
}

}  // namespace convcheck::reports
