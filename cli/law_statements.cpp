// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <map>

#include "cli/law_table.hpp"
#include "cli/stopwatch.hpp"
#include "properties/law.hpp"
#include "properties/textbook/statement.hpp"
#include "reports/markdown.hpp"

namespace convcheck::cli {
namespace {

using namespace properties::textbook;  // NOLINT(google-build-using-namespace)

constexpr std::string_view kPrefix = "check:";

std::string verdict_name(std::string_view check) { return fmt::format("{}{}", kPrefix, check); }

const char* name_of(Evidence::Kind kind) {
  if (kind == Evidence::Kind::kCells) return "cells";
  return kind == Evidence::Kind::kLaw ? "law" : "check";
}

const char* found_text(const Found& found) {
  if (found.judged < found.cells) return "not-judged";
  if (found.differ == 0) return found.evidence->holds ? "holds" : "refuted";
  if (found.differ < found.cells) return "mixed";
  return found.evidence->holds ? "refuted" : "holds";
}

}  // namespace

const Check* named_check(std::string_view word) {
  if (word.substr(0, kPrefix.size()) != kPrefix) return nullptr;
  return find_check(word.substr(kPrefix.size()));
}

std::vector<reports::VerdictEntry> check_verdicts(const std::vector<const Check*>& list) {
  std::vector<reports::VerdictEntry> verdicts;
  for (const Check* one : list) {
    const Check& check = *one;
    const Stopwatch watch;
    const CheckResult result = check.run();
    reports::VerdictEntry entry;
    entry.check = verdict_name(check.name);
    entry.statement = check.statement;
    entry.engine = kExactIntegers;
    entry.level = properties::to_string(properties::Level::kRequired);
    entry.expected = "holds";
    entry.verdict = result.holds ? "holds" : "refuted";
    entry.failure = !result.holds;
    entry.cases = result.cases;
    entry.detail = result.detail;
    entry.reproducer = fmt::format("convcheck laws --law {}", entry.check);
    entry.seconds = watch.seconds();
    verdicts.push_back(std::move(entry));
  }
  return verdicts;
}

std::vector<reports::StatementEntry> statement_entries(
    const std::string& engine, const std::vector<reports::VerdictEntry>& verdicts) {
  std::map<std::string, const reports::VerdictEntry*> exact;
  std::map<std::string, const reports::VerdictEntry*> laws;
  for (const reports::VerdictEntry& v : verdicts) {
    if (v.engine == kExactIntegers) exact[v.check] = &v;
    if (v.engine == engine) laws[v.check] = &v;
  }
  const Lookup lookup = [&](Evidence::Kind kind, std::string_view name) -> std::optional<Known> {
    const auto& from = kind == Evidence::Kind::kLaw ? laws : exact;
    const auto at =
        from.find(kind == Evidence::Kind::kCheck ? verdict_name(name) : std::string(name));
    if (at == from.end()) return std::nullopt;
    const reports::VerdictEntry& v = *at->second;
    if (v.verdict != "holds" && v.verdict != "refuted") return std::nullopt;
    std::string detail = v.detail;
    if (kind == Evidence::Kind::kCells) {  // What follows the lemma.
      const std::size_t example = detail.find("by value: ");
      if (example != std::string::npos) detail = detail.substr(example);
    }
    if (kind == Evidence::Kind::kLaw && v.counterexample) {
      detail.clear();
      for (const auto& [operand, tensor] : v.counterexample->operands)
        detail += fmt::format("{}{} = {}", detail.empty() ? "" : ", ", operand,
                              reports::tensor_text(tensor));
    }
    return Known{v.verdict == "holds", v.cases, std::move(detail)};
  };
  std::vector<reports::StatementEntry> entries;
  for (const Statement& statement : statements()) {
    reports::StatementEntry entry;
    entry.number = statement.number;
    entry.sentence = statement.sentence;
    entry.answer = to_string(statement.answer);
    entry.correction = statement.correction;
    entry.proof = statement.proof;
    const std::vector<Found> list = judge(statement, lookup);
    entry.established = established(list);
    for (const Found& found : list) {
      reports::EvidenceEntry& e = entry.evidence.emplace_back();
      e.kind = name_of(found.evidence->kind);
      e.name = found.evidence->name;
      e.expected = found.evidence->holds ? "holds" : "refuted";
      e.found = found_text(found);
      e.judged = found.judged;
      e.cells = found.cells;
      e.cases = found.cases;
      e.detail = found.detail;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace convcheck::cli
