// SPDX-License-Identifier: Apache-2.0
#include "reports/verifiable.hpp"

#include <charconv>

#include "reports/report_schema.hpp"
#include "reports/schema_check.hpp"

namespace convcheck::reports {
namespace {

// What the schema has already said to be 16 hexadecimal digits.
std::uint64_t fingerprint(const Json& text) {
  const auto& digits = text.get_ref<const std::string&>();
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// A verdict fails its run unless it says that the failure is known.
bool fails(const Json& verdict) {
  return verdict.at("failure").get<bool>() && !verdict.contains("known_failure");
}

// The kinds that can fail: a verdict of another kind that does, or one refuted that was to hold and
// is required and does not, contradicts itself.
bool should_fail(const Json& verdict) {
  const std::string& kind = verdict.at("verdict").get_ref<const std::string&>();
  return verdict.at("level") == "required" && verdict.at("expected") == "holds" &&
         (kind == "refuted" || kind == "crashed" || kind == "timed-out" || kind == "vacuous") &&
         !verdict.contains("known_failure");
}

std::vector<std::string> contradictions(const Json& d) {
  std::vector<std::string> found;
  std::int64_t failures = 0;
  std::int64_t quiet = 0;
  for (const Json& verdict : d.at("verdicts")) {
    failures += fails(verdict) ? 1 : 0;
    quiet += should_fail(verdict) && !verdict.at("failure").get<bool>() ? 1 : 0;
    if (verdict.at("verdict") == "holds" && verdict.at("cases") == 0)
      found.push_back(fmt::format("{} holds on {} without a case",
                                  verdict.at("check").get<std::string>(),
                                  verdict.at("problem").get<std::string>()));
  }
  const auto code = d.at("exit_code").get<std::int64_t>();
  if (quiet > 0)
    found.push_back(
        fmt::format("{} required verdicts that do not hold are not marked as failures", quiet));
  if (failures > 0 && code == 0)
    found.push_back(fmt::format("{} verdicts fail, and the exit code is 0", failures));
  if (!d.at("complete").get<bool>() && code == 0)
    found.emplace_back("the run is not complete, and the exit code is 0");
  if (const auto power = d.find("power"); power != d.end()) {
    const auto seen = power->at("seen").get<std::int64_t>();
    const auto missed = static_cast<std::int64_t>(power->at("missed").size());
    if (seen + missed != power->at("faults").get<std::int64_t>())
      found.push_back(fmt::format("the power is {} of {} faults, but {} are missed", seen,
                                  power->at("faults").get<std::int64_t>(), missed));
  }
  return found;
}

}  // namespace

Result<Verifiable> read_verifiable(std::string_view text, std::string_view source) {
  CONVCHECK_ASSIGN(const Json json, parse_json(text, source));
  static const Json schema = Json::parse(kReportSchema);
  if (const Status valid = check_schema(json, schema); !valid)
    return fail(ErrorCode::kParse, "{}: {}", source, valid.error().message);
  if (json.at("kind") != "validate")
    return fail(ErrorCode::kParse,
                "{}: /kind is {}; what can be verified are reports of `convcheck validate`", source,
                json.at("kind").dump());
  Verifiable result;
  result.version = json.at("build").at("version").get<std::string>();
  if (const auto list = json.find("exact_results"); list != json.end())
    for (const Json& e : *list)
      result.exact_results.push_back({e.at("problem").get<std::string>(),
                                      e.at("fill").get<std::string>(),
                                      e.at("seed").get<std::uint64_t>(),
                                      fingerprint(e.at("operands")), fingerprint(e.at("result"))});
  result.contradictions = contradictions(json);
  return result;
}

}  // namespace convcheck::reports
