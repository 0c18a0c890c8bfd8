// SPDX-License-Identifier: Apache-2.0
#include "reports/read.hpp"

#include <cmath>

#include "reports/json_node.hpp"

namespace convcheck::reports {
namespace {

// Whether the type has this very value: a report is no place where data is rounded.
bool representable(ElementType type, double v) {
  if (std::isnan(v)) return !traits(type).is_integer;
  switch (type) {
    case ElementType::kF64:
      return true;
    case ElementType::kF32:
      return static_cast<double>(static_cast<float>(v)) == v;
    case ElementType::kBf16:
      return bf16_to_double(bf16_from_double(v)) == v;
    case ElementType::kF16:
      return f16_to_double(f16_from_double(v)) == v;
    case ElementType::kS32:
      return v == std::trunc(v) && v >= -0x1p31 && v < 0x1p31;
    case ElementType::kS8:
      return v == std::trunc(v) && v >= -128 && v <= 127;
    case ElementType::kU8:
      return v == std::trunc(v) && v >= 0 && v <= 255;
  }
  return false;
}

Result<std::pair<std::string, Tensor>> read_tensor(const Node& node) {
  CONVCHECK_ASSIGN(const std::string name, text_at(node, "name"));
  CONVCHECK_ASSIGN(const std::string type_name, text_at(node, "type"));
  const std::optional<ElementType> type = parse_element_type(type_name);
  if (!type)
    return fail(ErrorCode::kParse, "{}/type is '{}'; the types are {}", node.path, type_name,
                element_type_names());
  CONVCHECK_ASSIGN(const Node shape_node, node.at("shape"));
  CONVCHECK_ASSIGN(const std::vector<Node> extents, shape_node.items());
  CONVCHECK_ASSIGN(const Node values_node, node.at("values"));
  CONVCHECK_ASSIGN(const std::vector<Node> values, values_node.items());
  Shape shape;
  std::int64_t count = 1;
  for (const Node& extent : extents) {
    CONVCHECK_ASSIGN(const std::int64_t value, extent.integer(0, std::int64_t{1} << 24));
    shape.push_back(value);
    count = std::min(count * value, std::int64_t{1} << 32);
  }
  if (count != static_cast<std::int64_t>(values.size()))
    return fail(ErrorCode::kParse, "{} has {} values; its shape {} asks for {}", node.path,
                values.size(), to_string(shape), count);
  Tensor tensor(*type, shape);
  for (std::size_t i = 0; i < values.size(); ++i) {
    CONVCHECK_ASSIGN(const double v, values[i].number());
    if (!representable(*type, v))
      return fail(ErrorCode::kParse, "{} is {}, which {} cannot hold", values[i].path, v,
                  type_name);
    tensor.set_value(static_cast<std::int64_t>(i), v);
  }
  return std::pair{name, std::move(tensor)};
}

Result<Environment> read_environment(const Node& node) {
  constexpr std::int64_t kMany = 1 << 20;
  Environment e;
  CONVCHECK_ASSIGN(const std::int64_t threads, integer_at(node, "threads", 1, 1024));
  CONVCHECK_ASSIGN(const std::string layout, text_at(node, "layout"));
  CONVCHECK_ASSIGN(const std::string guard, text_at(node, "guard"));
  CONVCHECK_ASSIGN(const std::int64_t misalignment, integer_at(node, "misalignment_bytes", 0, 63));
  CONVCHECK_ASSIGN(const Node read_only, node.at("read_only_inputs"));
  CONVCHECK_ASSIGN(e.read_only_inputs, read_only.flag());
  CONVCHECK_ASSIGN(const std::int64_t poison, integer_at(node, "poison", 0, 255));
  CONVCHECK_ASSIGN(const std::int64_t prior, integer_at(node, "prior_calls", 0, kMany));
  CONVCHECK_ASSIGN(const std::int64_t concurrent, integer_at(node, "concurrent_calls", 1, 1024));
  if (layout != "plain" && layout != "preferred")
    return fail(ErrorCode::kParse, "{}/layout is '{}'; it is plain or preferred", node.path,
                layout);
  if (guard != "after" && guard != "before")
    return fail(ErrorCode::kParse, "{}/guard is '{}'; it is after or before", node.path, guard);
  e.threads = static_cast<int>(threads);
  e.layout = layout == "plain" ? LayoutChoice::kPlain : LayoutChoice::kPreferred;
  e.guard = guard == "after" ? GuardSide::kAfter : GuardSide::kBefore;
  e.misalignment_bytes = static_cast<int>(misalignment);
  e.poison = static_cast<std::uint8_t>(poison);
  e.prior_calls = static_cast<int>(prior);
  e.concurrent_calls = static_cast<int>(concurrent);
  return e;
}

Result<VerdictEntry> read_verdict(const Node& node) {
  VerdictEntry v;
  CONVCHECK_ASSIGN(v.check, text_at(node, "check"));
  CONVCHECK_ASSIGN(v.engine, text_at(node, "engine"));
  CONVCHECK_ASSIGN(v.problem, text_at(node, "problem"));
  CONVCHECK_ASSIGN(v.verdict, text_at(node, "verdict"));
  CONVCHECK_ASSIGN(v.expected, text_at(node, "expected"));
  CONVCHECK_ASSIGN(v.level, text_at(node, "level"));
  CONVCHECK_ASSIGN(const Node failure, node.at("failure"));
  CONVCHECK_ASSIGN(v.failure, failure.flag());
  CONVCHECK_ASSIGN(const Node example, node.at("counterexample"));
  CounterexampleEntry c;
  CONVCHECK_ASSIGN(c.problem, text_at(example, "problem"));
  CONVCHECK_ASSIGN(const Node environment, example.at("environment"));
  CONVCHECK_ASSIGN(c.environment, read_environment(environment));
  CONVCHECK_ASSIGN(const Node operands_node, example.at("operands"));
  CONVCHECK_ASSIGN(const std::vector<Node> operands, operands_node.items());
  for (const Node& operand : operands) {
    CONVCHECK_ASSIGN(auto named, read_tensor(operand));
    c.operands.push_back(std::move(named));
  }
  v.counterexample = std::move(c);
  return v;
}

Result<std::vector<VerdictEntry>> read_document(const Json& json) {
  const Node root{json, ""};
  CONVCHECK_TRY(
      integer_at(root, "schema_version", kSchemaVersion, kSchemaVersion).map([](auto) {}));
  CONVCHECK_ASSIGN(const Node list, root.at("verdicts"));
  CONVCHECK_ASSIGN(const std::vector<Node> nodes, list.items());
  std::vector<VerdictEntry> verdicts;
  for (const Node& node : nodes) {
    if (!node.value.is_object() || !node.value.contains("counterexample")) continue;
    CONVCHECK_ASSIGN(VerdictEntry verdict, read_verdict(node));
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace

Result<VerdictEntry> read_counterexample(std::string_view text, std::string_view source) {
  CONVCHECK_ASSIGN(const Json json, parse_json(text, source));
  Result<VerdictEntry> verdict = read_verdict({json, ""});
  if (!verdict) return fail(ErrorCode::kParse, "{}: {}", source, verdict.error().message);
  return verdict;
}

Result<std::vector<VerdictEntry>> read_counterexamples(std::string_view text,
                                                       std::string_view source) {
  CONVCHECK_ASSIGN(const Json json, parse_json(text, source));
  Result<std::vector<VerdictEntry>> verdicts = read_document(json);
  if (!verdicts) return fail(ErrorCode::kParse, "{}: {}", source, verdicts.error().message);
  return verdicts;
}

}  // namespace convcheck::reports
