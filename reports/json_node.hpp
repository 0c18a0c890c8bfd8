// SPDX-License-Identifier: Apache-2.0
// JSON from outside, read without exceptions; every error names its place.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace convcheck::reports {

using Json = nlohmann::json;

/// The whole text as JSON; kParse for what is none or is nested deeper than any report, with
/// `source` before the sentence.
Result<Json> parse_json(std::string_view text, std::string_view source);

/// A value with its place in the document, so that an error can name it.
struct Node {
  const Json& value;
  std::string path;

  [[nodiscard]] Result<Node> at(const char* key) const {
    const std::string where = path.empty() ? "the document" : path;
    if (!value.is_object())
      return fail(ErrorCode::kParse, "{} is {}; it should be an object", where, value.type_name());
    const auto found = value.find(key);
    if (found == value.end()) return fail(ErrorCode::kParse, "{} lacks \"{}\"", where, key);
    return Node{*found, fmt::format("{}/{}", path, key)};
  }
  [[nodiscard]] Result<std::vector<Node>> items() const {
    if (!value.is_array())
      return fail(ErrorCode::kParse, "{} is {}; it should be an array", path, value.type_name());
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value.size(); ++i)
      nodes.push_back({value[i], fmt::format("{}/{}", path, i)});
    return nodes;
  }
  [[nodiscard]] Result<std::string> text() const {
    if (!value.is_string())
      return fail(ErrorCode::kParse, "{} is {}; it should be a string", path, value.type_name());
    return value.get<std::string>();
  }
  [[nodiscard]] Result<std::int64_t> integer(std::int64_t low, std::int64_t high) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < low ||
        value.get<std::int64_t>() > high)
      return fail(ErrorCode::kParse, "{} is {}; it should be an integer from {} to {}", path,
                  value.dump(), low, high);
    return value.get<std::int64_t>();
  }
  [[nodiscard]] Result<bool> flag() const {
    if (!value.is_boolean())
      return fail(ErrorCode::kParse, "{} is {}; it should be true or false", path, value.dump());
    return value.get<bool>();
  }
  [[nodiscard]] Result<double> number() const {
    if (value.is_number()) return value.get<double>();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    return fail(ErrorCode::kParse, "{} is {}; it should be a number, \"nan\", \"inf\" or \"-inf\"",
                path, value.dump());
  }
};

inline Result<std::string> text_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const Node child, node.at(key));
  return child.text();
}

inline Result<std::int64_t> integer_at(const Node& node, const char* key, std::int64_t low,
                                       std::int64_t high) {
  CONVCHECK_ASSIGN(const Node child, node.at(key));
  return child.integer(low, high);
}

inline Result<double> number_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const Node child, node.at(key));
  return child.number();
}

inline Result<std::vector<Node>> items_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const Node child, node.at(key));
  return child.items();
}

}  // namespace convcheck::reports
