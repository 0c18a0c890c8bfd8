// SPDX-License-Identifier: Apache-2.0
#include "properties/textbook/document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "properties/law.hpp"
#include "properties/textbook/statement.hpp"

namespace convcheck::properties::textbook {
namespace {

using namespace table;  // NOLINT(google-build-using-namespace)

constexpr std::string_view kIntroduction = R"(# The laws

Generated from what the suite runs: the lemmas and the law table of `properties/table`, the
statements of `properties/textbook` and the laws of `properties/laws.inc`. The test
`textbook.document_test` holds it current and says how to make it anew.

## Definitions

Signals have integer values and finite support on Z. `*` is true convolution, `corr`
cross-correlation:

    (f * g)[n] = sum over k of f[k] g[n-k]        corr(f, g)[n] = sum over k of f[k] g[k-n]

R is reversal, (Rg)[n] = g[-n]; T moves by one position; D_s keeps every s-th position; U_d inserts
d-1 zeros between neighbours; 1 is a single 1 at position 0. What deep learning calls a convolution
is corr: y[n] = sum over k of x[n+k] w[k].

A setting says what is kept of the product and what stands around the signal:

| setting | the product |
|---|---|
| full | all of it |
| valid | the positions whose window lies inside the signal |
| same-upper | as many positions as the signal has; floor((k-1)/2) zeros before, the rest behind |
| same-lower | the same with ceil((k-1)/2) zeros before it |
| strided | D_s of the full product |
| dilated | the full product with U_d g |
| circular | on Z/N, kernel and signal of N positions |
| reflect, replicate | as same-upper; the signal mirrored at its ends, or its ends repeated |

A cell of the table is a statement, an orientation, a setting and a kind of operands: 1-D, 2-D, 3-D
signals of one channel; multi-channel (a layer is a matrix of kernels), grouped, depthwise, in one
dimension. Two sides are compared as values on Z, each with its place. Where both agree and have
different extents they are refuted *by shape*, apart from *by value*; cases in which a side is
empty, or nothing but zeros is compared, do not count. Of all counterexamples the smallest is
reported: by total length, then the sum of magnitudes, then the operands' lengths in order, then
lexicographically with 0 < 1 < -1. True cells hold on thousands of random cases and, in 1-D, on
every signal of length up to 4 over {-1, 0, 1}, in exact integers; `convcheck laws` runs them all.
)";

char letter(const Cell& cell) {
  const CellTruth truth = expectation(cell).truth;
  if (truth == CellTruth::kIllTyped) return '-';
  return truth == CellTruth::kTrue ? 'Y' : 'N';
}

std::string header(std::string_view first) {
  std::string head = fmt::format("| {} | |", first);
  std::string rule = "|---|---|";
  for (const Setting setting : kSettings) {
    head += fmt::format(" {} |", to_string(setting));
    rule += "---|";
  }
  return head + "\n" + rule + "\n";
}

std::string lemmas_section() {
  std::string text =
      "\n## Lemmas\n\nEvery cell of the table cites one of these, and what carries "
      "it from signals to other kinds: axes, diagonal or matrices.\n";
  for (const LemmaText& lemma : lemmas())
    text += fmt::format("\n**{}.** {}\n\n*Proof.* {}\n", lemma.name, lemma.statement, lemma.proof);
  return text;
}

std::string table_section() {
  std::string text =
      "\n## The table\n\nY true, N false, - ill-typed, blank not stated. Six letters: 1-D, 2-D, "
      "3-D, "
      "multi-channel, grouped, depthwise; one where all agree.\n\n" +
      header("statement");
  std::vector<std::string> lemma_rows;
  for (const LetterRow& row : letter_rows(all_cells(), letter)) {
    const auto line = [&](const auto& word) {
      std::string cells =
          fmt::format("| {} | {} |", info(row.statement).name, short_name(row.orientation));
      for (const Setting setting : kSettings)
        cells += fmt::format(" {} |", row.letters.count(setting) == 0 ? "" : word(setting));
      return cells + "\n";
    };
    text += line([&](Setting setting) { return row.letters.at(setting); });
    lemma_rows.push_back(line([&](Setting setting) {
      const Cell cell{row.statement, setting, row.orientation, Kind::k1D};
      return std::string(table::text(expectation(cell).lemma).name);
    }));
  }
  text += "\nIll-typed: ";
  std::vector<std::string_view> reasons;
  for (const Cell& cell : all_cells()) {
    if (expectation(cell).truth != CellTruth::kIllTyped) continue;
    const std::string_view reason = ill_typed_reason(cell);
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
      reasons.push_back(reason);
  }
  text += fmt::format(
      "{}.\n\nWhat each statement says, where it says the same in every setting:\n\n"
      "| statement | convolution | cross-correlation |\n|---|---|---|\n",
      fmt::join(reasons, ". "));
  for (std::size_t s = 0; s < kAllStatements; ++s) {
    const StatementInfo& statement = info(static_cast<table::Statement>(s));
    text += fmt::format("| {} | {} | {} |\n", statement.name, statement.convolution,
                        statement.correlation);
  }
  text +=
      "\nThe lemma of each cell of signals (other kinds: through axes, diagonal or matrices; a "
      "layer of several channels commutes with another in no setting by matrices):\n\n" +
      header("statement");
  for (const std::string& row : lemma_rows) text += row;
  return text;
}

std::string counterexamples_section() {
  std::string text =
      "\n## The smallest counterexamples\n\nOf false cells of signals, and of those kinds whose "
      "truth is another; images have the same as 1 x L.\n\n| cell | statement | by value | by "
      "shape "
      "|\n|---|---|---|---|\n";
  for (const Cell& cell : all_cells()) {
    const CellTruth truth = expectation(cell).truth;
    if (truth == CellTruth::kTrue || truth == CellTruth::kIllTyped) continue;
    Cell signals = cell;
    signals.kind = Kind::k1D;
    if (cell.kind != Kind::k1D && expectation(signals).truth == truth) continue;
    const auto example = [&](Agreement kind) {
      const auto found = smallest(cell, kind, search_limit(cell));
      return found ? table::to_string(cell, *found) : std::string();
    };
    text += fmt::format("| {} | {} | {} | {} |\n", to_string(cell), equation(cell),
                        example(Agreement::kByValue), example(Agreement::kByShape));
  }
  return text;
}

// What the suite itself expects and, of checks, finds now.
std::optional<Known> expected(Evidence::Kind kind, std::string_view name) {
  if (kind == Evidence::Kind::kCheck) {
    const CheckResult result = find_check(name)->run();
    return Known{result.holds, result.cases, result.detail};
  }
  if (kind == Evidence::Kind::kLaw) {
    const Law* law = find_law(name);
    return Known{law->expected == Truth::kTrue, 0, std::string(law->counterexample)};
  }
  const Cell cell = *parse_cell(name);
  if (expectation(cell).truth == CellTruth::kTrue) return Known{};
  const auto example = smallest(cell, Agreement::kByValue, search_limit(cell));
  return Known{false, 0, table::to_string(cell, *example)};
}

std::string evidence_line(const Found& found) {
  const Evidence& evidence = *found.evidence;
  std::string_view kind = "law";
  std::string_view statement;
  if (evidence.kind == Evidence::Kind::kCells) kind = found.cells == 1 ? "cell" : "cells";
  if (evidence.kind == Evidence::Kind::kCheck) kind = "check";
  if (evidence.kind == Evidence::Kind::kLaw) statement = find_law(evidence.name)->statement;
  if (evidence.kind == Evidence::Kind::kCheck) statement = find_check(evidence.name)->statement;
  std::string text =
      fmt::format("- {} `{}` {}", kind, evidence.name, evidence.holds ? "holds" : "is refuted");
  if (found.cells > 1) text += fmt::format(" ({} cells)", found.cells);
  if (!statement.empty()) text += fmt::format(": {}", statement);
  if (!found.detail.empty()) text += fmt::format("{} {}", evidence.holds ? "." : ":", found.detail);
  return text + "\n";
}

std::string statements_section() {
  std::string text =
      "\n## Textbook statements\n\nEach with its answer, what can be said instead, why, and what "
      "runs as proof: cells of the table, laws, and checks by enumeration in exact arithmetic. "
      "`convcheck laws` judges them all and reports them.\n";
  for (const Statement& statement : statements()) {
    text += fmt::format(
        "\n### {}. \"{}\"\n\n**{}{}.** {}\n\n*Proof.* {}\n\n", statement.number, statement.sentence,
        static_cast<char>(to_string(statement.answer)[0] - 'a' + 'A'),
        to_string(statement.answer).substr(1), statement.correction, statement.proof);
    for (const Found& found : judge(statement, expected)) text += evidence_line(found);
  }
  return text;
}

std::string laws_section() {
  std::string text =
      "\n## Laws on any engine\n\n`a` is the data operand of the operation F (x for conv and "
      "wgrad, "
      "y for deconv), `b` its partner (w; y for wgrad). Data are integers whose sums are exact, "
      "compared without any tolerance, and, where a law can, data that round, compared within "
      "bounds "
      "derived from what the engine claims. A law that is false is stated too: the suite must "
      "refute "
      "it with its smallest counterexample.\n\n"
      "| law | statement | truth | level | source |\n|---|---|---|---|---|\n";
  for (const Law* law : laws()) {
    std::string truth = "true";
    if (law->expected == Truth::kFalse) truth = fmt::format("**false**: {}", law->counterexample);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", law->id, law->statement, truth,
                        properties::to_string(law->level), law->source);
  }
  return text;
}

}  // namespace

std::string laws_markdown() {
  return std::string(kIntroduction) + lemmas_section() + table_section() +
         counterexamples_section() + statements_section() + laws_section();
}

}  // namespace convcheck::properties::textbook
