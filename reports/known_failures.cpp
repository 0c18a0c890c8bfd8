// SPDX-License-Identifier: Apache-2.0
#include "reports/known_failures.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "reports/json_node.hpp"

namespace convcheck::reports {
namespace {

// Whether the text is what the pattern, with * and ?, describes.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_any(std::string_view pattern) {
  return pattern.find_first_not_of('*') == std::string_view::npos;
}

bool is_date(std::string_view text) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (text[i] < '0' || text[i] > '9') return false;
  const int month = (text[5] - '0') * 10 + text[6] - '0';
  const int day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[static_cast<std::size_t>(month - 1)];
}

constexpr std::array<const char*, 7> kFields = {"engine",   "check",  "suite",  "problem",
                                                "versions", "reason", "expires"};

Result<KnownFailure> read_entry(const Node& node) {
  if (!node.value.is_object())
    return fail(ErrorCode::kParse, "{} is {}; it should be an object", node.path,
                node.value.type_name());
  for (const auto& [key, unused] : node.value.items()) {
    if (std::find(kFields.begin(), kFields.end(), key) == kFields.end())
      return fail(ErrorCode::kParse,
                  "{} has a field \"{}\"; the fields are engine, check, suite, problem, versions, "
                  "reason and expires",
                  node.path, key);
  }
  KnownFailure entry;
  CONVCHECK_ASSIGN(entry.engine, text_at(node, "engine"));
  CONVCHECK_ASSIGN(entry.check, text_at(node, "check"));
  CONVCHECK_ASSIGN(entry.problem, text_at(node, "problem"));
  CONVCHECK_ASSIGN(entry.reason, text_at(node, "reason"));
  CONVCHECK_ASSIGN(entry.expires, text_at(node, "expires"));
  if (node.value.contains("suite")) {
    CONVCHECK_ASSIGN(entry.suite, text_at(node, "suite"));
  }
  if (node.value.contains("versions")) {
    CONVCHECK_ASSIGN(entry.versions, text_at(node, "versions"));
  }
  if (is_any(entry.check) && is_any(entry.problem))
    return fail(ErrorCode::kParse,
                "{} is over-broad: check is '{}' and problem is '{}'; one of them should name what "
                "fails",
                node.path, entry.check, entry.problem);
  if (entry.reason.empty())
    return fail(ErrorCode::kParse, "{}/reason is empty; it should say why this fails", node.path);
  if (!is_date(entry.expires))
    return fail(ErrorCode::kParse, "{}/expires is '{}'; it should be a date such as 2027-01-31",
                node.path, entry.expires);
  return entry;
}

Result<std::vector<KnownFailure>> read_entries(const Json& json) {
  const Node root{json, ""};
  for (const char* field : {"format", "known_failures"})
    if (json.is_object() && !json.contains(field))
      return fail(ErrorCode::kParse,
                  "the document lacks \"{}\"; known failures are written {{\"format\": 1, "
                  "\"known_failures\": [...]}}",
                  field);
  CONVCHECK_TRY(integer_at(root, "format", 1, 1).map([](auto) {}));
  CONVCHECK_ASSIGN(const std::vector<Node> nodes, items_at(root, "known_failures"));
  std::vector<KnownFailure> entries;
  for (const Node& node : nodes) {
    CONVCHECK_ASSIGN(KnownFailure entry, read_entry(node));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string version_of(const Document& d, const std::string& engine) {
  for (const EngineEntry& e : d.engines)
    if (e.name == engine) return e.version;
  return "";
}

bool is_judged(const VerdictEntry& v) { return v.verdict != "not-applicable"; }

// A verdict at a level that does not fail is no pass either.
bool holds(const VerdictEntry& v) { return v.verdict == v.expected; }

bool speaks_of_engine(const KnownFailure& entry, const Document& d, const std::string& engine) {
  return matches(entry.engine, engine) && matches(entry.versions, version_of(d, engine));
}

bool covers(const KnownFailure& entry, const Document& d, const VerdictEntry& v) {
  return is_judged(v) && matches(entry.check, v.check) && matches(entry.suite, v.suite) &&
         (matches(entry.problem, v.problem) ||
          (!v.label.empty() && matches(entry.problem, v.label))) &&
         speaks_of_engine(entry, d, v.engine);
}

void judge(KnownFailure& entry, bool partial, Document& d) {
  bool in_scope = false;
  for (VerdictEntry& v : d.verdicts) {
    in_scope = in_scope || (speaks_of_engine(entry, d, v.engine) && matches(entry.suite, v.suite));
    if (!covers(entry, d, v)) continue;
    if (v.failure || !v.known_failure.empty()) {
      ++entry.failing;
      if (entry.state == "expired") continue;
      v.failure = false;
      v.known_failure = entry.reason;
    } else if (holds(v)) {
      ++entry.holding;
      if (entry.example.empty()) entry.example = v.problem;
    }
  }
  if (entry.state == "expired") return;
  if (entry.failing > 0)
    entry.state = entry.holding > 0 ? "over-broad" : "met";
  else if (entry.holding > 0)
    entry.state = "unexpected-pass";
  else
    entry.state = in_scope && !partial ? "stale" : "not-judged";
}

}  // namespace

Result<std::vector<KnownFailure>> read_known_failures(std::string_view text,
                                                      std::string_view source) {
  CONVCHECK_ASSIGN(const Json json, parse_json(text, source));
  Result<std::vector<KnownFailure>> entries = read_entries(json);
  if (!entries) return fail(ErrorCode::kParse, "{}: {}", source, entries.error().message);
  return entries;
}

std::string known_failures_json(const std::vector<KnownFailure>& entries) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const KnownFailure& e : entries)
    list.push_back({{"engine", e.engine},
                    {"check", e.check},
                    {"suite", e.suite},
                    {"problem", e.problem},
                    {"versions", e.versions},
                    {"reason", e.reason},
                    {"expires", e.expires}});
  const nlohmann::ordered_json json = {{"format", 1}, {"known_failures", std::move(list)}};
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void apply_known_failures(const std::vector<KnownFailure>& entries, const std::string& today,
                          bool partial, Document& d) {
  for (KnownFailure entry : entries) {
    // Dates of this form compare as texts do.
    if (entry.expires < today) entry.state = "expired";
    judge(entry, partial, d);
    d.known_failures.push_back(std::move(entry));
  }
}

bool is_bad_state(const KnownFailure& entry) {
  return entry.state != "met" && entry.state != "not-judged";
}

std::vector<KnownFailure> fixed_known_failures(const Document& d, const std::string& expires) {
  std::vector<KnownFailure> kept;
  for (const KnownFailure& entry : d.known_failures)
    if (!is_bad_state(entry)) kept.push_back(entry);
  std::set<std::tuple<std::string, std::string, std::string, std::string>> added;
  for (const VerdictEntry& v : d.verdicts) {
    if (!v.failure && v.known_failure.empty()) continue;
    const bool excused = std::any_of(
        kept.begin(), kept.end(), [&](const KnownFailure& entry) { return covers(entry, d, v); });
    if (excused || !added.insert({v.engine, v.check, v.suite, v.problem}).second) continue;
    KnownFailure entry;
    entry.engine = v.engine;
    entry.check = v.check;
    entry.suite = v.suite;
    entry.problem = v.problem;
    entry.versions = version_of(d, v.engine);
    entry.reason = !v.known_failure.empty() ? v.known_failure
                   : !v.diagnosis.empty()   ? v.diagnosis
                   : !v.detail.empty()      ? v.detail
                                            : v.verdict;
    entry.expires = expires;
    kept.push_back(std::move(entry));
  }
  return kept;
}

std::string known_failure_text(const KnownFailure& e) {
  std::string out =
      fmt::format("known failure of {}, {} on {}: {}", e.engine, e.check, e.problem, e.state);
  if (e.state == "unexpected-pass")
    out += fmt::format(": all {} verdicts that it matches hold; remove it", e.holding);
  if (e.state == "over-broad")
    out += fmt::format(": {} verdicts fail, and {} hold, such as {}; narrow it", e.failing,
                       e.holding, e.example);
  if (e.state == "stale") out += ": it matches no verdict of this run; remove it";
  if (e.state == "expired") out += fmt::format(" on {}: renew or remove it", e.expires);
  return out;
}

}  // namespace convcheck::reports
