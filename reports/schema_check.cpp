// SPDX-License-Identifier: Apache-2.0
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 under the address sanitizer takes what <regex> moves for uninitialized.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include "reports/schema_check.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace convcheck::reports {
namespace {

// Checked by `check`, or words for readers.
constexpr std::array<std::string_view, 20> kKeywords = {"$defs",
                                                        "$ref",
                                                        "$schema",
                                                        "additionalProperties",
                                                        "allOf",
                                                        "anyOf",
                                                        "const",
                                                        "description",
                                                        "dependentRequired",
                                                        "enum",
                                                        "if",
                                                        "items",
                                                        "maximum",
                                                        "minItems",
                                                        "minimum",
                                                        "pattern",
                                                        "properties",
                                                        "required",
                                                        "title",
                                                        "type"};

// A value in an error: long ones are cut.
std::string shown(const Json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "number") return value.is_number();
  if (type == "null") return value.is_null();
  // As a report writes it; that 1.0 is an integer, too, is of no use here.
  return value.is_number_integer();
}

class Checker {
 public:
  explicit Checker(const Json& root) : root_(root) {}

  Status check(const Json& value, const Json& schema, const std::string& path) const {
    const std::string where = path.empty() ? "the document" : path;
    for (const auto& [keyword, rule] : schema.items()) {
      if (keyword == "then") continue;  // With its `if`.
      if (std::find(kKeywords.begin(), kKeywords.end(), keyword) == kKeywords.end())
        return fail(ErrorCode::kUnsupported, "the schema uses '{}', which is not checked here",
                    keyword);
      CONVCHECK_TRY(check_keyword(keyword, rule, value, schema, path, where));
    }
    return {};
  }

 private:
  Status check_keyword(const std::string& keyword, const Json& rule, const Json& value,
                       const Json& schema, const std::string& path,
                       const std::string& where) const {
    if (keyword == "$ref") return check(value, referred(rule.get<std::string>()), path);
    if (keyword == "type") {
      if (has_type(value, rule.get<std::string>())) return {};
      return wrong(where, value, fmt::format("of type {}", rule.get<std::string>()));
    }
    if (keyword == "const") return value == rule ? Status{} : wrong(where, value, shown(rule));
    if (keyword == "enum") {
      const bool known = std::find(rule.begin(), rule.end(), value) != rule.end();
      return known ? Status{} : wrong(where, value, "one of " + rule.dump());
    }
    if (keyword == "anyOf") {
      const bool some = std::any_of(rule.begin(), rule.end(), [&](const Json& one) {
        return check(value, one, path).has_value();
      });
      return some ? Status{} : wrong(where, value, "one of " + shown(rule));
    }
    if (keyword == "allOf") {
      for (const Json& one : rule) CONVCHECK_TRY(check(value, one, path));
      return {};
    }
    if (keyword == "if") {
      if (!check(value, rule, path)) return {};
      return check(value, schema.at("then"), path);
    }
    if (value.is_object()) return check_object(keyword, rule, value, schema, path, where);
    if (value.is_array()) return check_array(keyword, rule, value, path, where);
    if (value.is_number() && keyword == "minimum" && value < rule)
      return wrong(where, value, fmt::format("at least {}", rule.dump()));
    if (value.is_number() && keyword == "maximum" && value > rule)
      return wrong(where, value, fmt::format("at most {}", rule.dump()));
    if (value.is_string() && keyword == "pattern" &&
        !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
      return wrong(where, value, fmt::format("like {}", rule.get<std::string>()));
    return {};
  }

  Status check_object(const std::string& keyword, const Json& rule, const Json& value,
                      const Json& schema, const std::string& path, const std::string& where) const {
    const auto lacks = [&](const Json& names) -> Status {
      for (const Json& name : names)
        if (!value.contains(name.get<std::string>()))
          return fail(ErrorCode::kParse, "{} lacks {}", where, name.dump());
      return {};
    };
    if (keyword == "required") return lacks(rule);
    if (keyword == "dependentRequired") {
      for (const auto& [name, others] : rule.items())
        if (value.contains(name)) CONVCHECK_TRY(lacks(others));
    }
    if (keyword == "properties") {
      for (const auto& [name, one] : rule.items())
        if (const auto found = value.find(name); found != value.end())
          CONVCHECK_TRY(check(*found, one, fmt::format("{}/{}", path, name)));
    }
    if (keyword != "additionalProperties") return {};
    for (const auto& [name, one] : value.items()) {
      if (schema.contains("properties") && schema["properties"].contains(name)) continue;
      if (rule.is_object()) {
        CONVCHECK_TRY(check(one, rule, fmt::format("{}/{}", path, name)));
      } else if (!rule.get<bool>()) {
        return fail(ErrorCode::kParse, "{} has \"{}\", which a report does not have", where, name);
      }
    }
    return {};
  }

  Status check_array(const std::string& keyword, const Json& rule, const Json& value,
                     const std::string& path, const std::string& where) const {
    if (keyword == "minItems" && value.size() < rule.get<std::size_t>())
      return fail(ErrorCode::kParse, "{} has {} items; it should have {} at least", where,
                  value.size(), rule.get<std::size_t>());
    for (std::size_t i = 0; keyword == "items" && i < value.size(); ++i)
      CONVCHECK_TRY(check(value[i], rule, fmt::format("{}/{}", path, i)));
    return {};
  }

  static Status wrong(const std::string& where, const Json& value, const std::string& right) {
    return fail(ErrorCode::kParse, "{} is {}; it should be {}", where, shown(value), right);
  }

  // "#/$defs/number".
  [[nodiscard]] const Json& referred(const std::string& reference) const {
    return root_.at(Json::json_pointer(reference.substr(1)));
  }

  const Json& root_;
};

}  // namespace

Status check_schema(const Json& document, const Json& schema) {
  return Checker(schema).check(document, schema, "");
}

}  // namespace convcheck::reports
