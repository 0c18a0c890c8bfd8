// SPDX-License-Identifier: Apache-2.0
// What a report says of laws, of the law table and of the textbook statements.
#include <gtest/gtest.h>

#include "reports/example_document.hpp"
#include "reports/law_cells.hpp"
#include "reports/markdown.hpp"
#include "reports/statements.hpp"

namespace convcheck::reports {
namespace {

VerdictEntry verdict(const char* check, const char* engine, const char* verdict, bool failure) {
  VerdictEntry v;
  v.check = check;
  v.engine = engine;
  v.verdict = verdict;
  v.failure = failure;
  return v;
}

Document laws() {
  Document d;
  d.kind = "laws";
  d.verdicts = {verdict("flip", "a", "holds", false),
                verdict("flip", "b", "refuted", true),
                verdict("shift:conv:full:1-D", "a", "holds", false),
                verdict("shift:conv:full:2-D", "a", "holds", false),
                verdict("shift:conv:valid:1-D", "a", "refuted", false),
                verdict("shift:conv:valid:2-D", "a", "not-applicable", false),
                verdict("shift:corr:full:1-D", "a", "holds", true)};
  d.statements = example_document().statements;
  return d;
}

TEST(LawCells, LawsAreRowsAndCellsAreLetters) {
  const Document d = laws();
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(law_verdict_table(d).rows, (Rows{{"law", "a", "b"}, {"flip", "holds", "refuted !"}}));
  const std::vector<Table> tables = law_cell_tables(d);
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].rows,
            (Rows{{"a", "full", "valid"}, {"shift conv", "Y", "N?"}, {"shift corr", "!", ""}}));
}

TEST(Statements, SayWhatIsNotEstablishedAndWhy) {
  const Document d = laws();
  EXPECT_EQ(statement_counts(d), "1 textbook statements judged: 1 false, not established");
  const std::string text = statements_text(d);
  for (const char* part : {" 1. false, not established: \"Convolution is translation invariant.\"",
                           "cells shift:conv (6): mixed !, expected holds; x = [1]",
                           "law flip: not judged !, expected holds", "check a|b: holds; 3 of 3"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_NE(statements_markdown(d).find("check a\\|b"), std::string::npos);
  const std::string page = to_markdown(d);
  EXPECT_NE(page.find("| shift conv | Y | N? |"), std::string::npos) << page;
  EXPECT_NE(page.find("| 1 | Convolution is translation invariant. |"), std::string::npos) << page;
}

}  // namespace
}  // namespace convcheck::reports
