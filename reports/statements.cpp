// SPDX-License-Identifier: Apache-2.0
#include "reports/statements.hpp"

#include <fmt/core.h>

#include <map>

#include "reports/summary.hpp"

namespace convcheck::reports {
namespace {

std::string evidence_text(const EvidenceEntry& e) {
  std::string text = fmt::format("{} {}", e.kind, e.name);
  if (e.cells > 1) text += fmt::format(" ({})", e.cells);
  text += ": " + (e.found == "not-judged" ? std::string("not judged") : e.found);
  if (e.found != e.expected) text += fmt::format(" !, expected {}", e.expected);
  if (!e.detail.empty()) text += fmt::format("; {}", e.detail);
  return text;
}

std::string answer_text(const StatementEntry& s) {
  return s.established ? s.answer : s.answer + ", not established";
}

}  // namespace

std::string statement_counts(const Document& document) {
  std::map<std::string, int> counts;
  for (const StatementEntry& s : document.statements) ++counts[answer_text(s)];
  std::string text = fmt::format("{} textbook statements judged:", document.statements.size());
  bool first = true;
  for (const auto& [answer, count] : counts) {
    text += fmt::format("{} {} {}", first ? "" : ",", count, answer);
    first = false;
  }
  return text;
}

std::string statements_text(const Document& document) {
  std::string text;
  for (const StatementEntry& s : document.statements) {
    text += fmt::format("{:>2}. {}: \"{}\"\n    {}\n", s.number, answer_text(s), s.sentence,
                        s.correction);
    for (const EvidenceEntry& e : s.evidence) text += fmt::format("      {}\n", evidence_text(e));
  }
  return text;
}

std::string statements_markdown(const Document& document) {
  Table table;
  table.rows.push_back({"", "textbook statement", "answer", "what can be said", "evidence"});
  for (const StatementEntry& s : document.statements) {
    std::string evidence;
    for (const EvidenceEntry& e : s.evidence)
      evidence += (evidence.empty() ? "" : "; ") + evidence_text(e);
    table.rows.push_back(
        {fmt::format("{}", s.number), s.sentence, answer_text(s), s.correction, evidence});
  }
  return to_markdown(table);
}

}  // namespace convcheck::reports
