// SPDX-License-Identifier: Apache-2.0
// The statements rest on what runs, and fall with it.
#include <gtest/gtest.h>

#include <set>

#include "properties/law.hpp"
#include "properties/textbook/statement.hpp"

namespace convcheck::properties::textbook {
namespace {

class EveryCheck : public testing::TestWithParam<Check> {};

TEST_P(EveryCheck, Holds) {
  const CheckResult result = GetParam().run();
  EXPECT_TRUE(result.holds) << result.detail;
  EXPECT_GE(result.cases, 1);
  EXPECT_FALSE(result.detail.empty());
  EXPECT_EQ(find_check(GetParam().name)->run, GetParam().run);
}

std::string check_name(const testing::TestParamInfo<Check>& parameter) {
  std::string name(parameter.param.name);
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Textbook, EveryCheck, testing::ValuesIn(checks()), check_name);

// What the machine finds, number by number.
TEST(Checks, FindTheseNumbers) {
  const auto detail = [](std::string_view name) { return find_check(name)->run().detail; };
  EXPECT_EQ(detail("even-origin"), "k = 2: tap 0 for corr, tap 1 for *");
  EXPECT_EQ(detail("not-invariant"), "x = [1], w = [1]: [0, 1] and [1]");
  EXPECT_EQ(detail("size-formula"),
            "i = 1, k = 2, s = 2, p = 0: 0 windows, with C's division (-1) / 2 + 1 = 1");
  EXPECT_EQ(detail("not-inverse"), "x = [1], w = [2]: there and back gives [4]");
  EXPECT_EQ(
      detail("gridding-rule"),
      "of 5586 sequences of 2 to 4 rates up to 7 the sorted rule errs on 0; the published one "
      "calls 1312 with holes dense and finds holes in 983 without");
  EXPECT_EQ(detail("rank-one"), "339 of 19683 3 x 3 kernels over {-1, 0, 1} are separable");
  EXPECT_EQ(find_check("no-such-check"), nullptr);
}

Known expected(Evidence::Kind kind, std::string_view name) {
  if (kind == Evidence::Kind::kCheck) return {true, 1, ""};
  if (kind == Evidence::Kind::kLaw) return {find_law(name)->expected == Truth::kTrue, 1, ""};
  return {table::expectation(*table::parse_cell(name)).truth == table::CellTruth::kTrue, 1, ""};
}

TEST(Statements, RestOnWhatRuns) {
  ASSERT_EQ(statements().size(), 15U);
  std::set<std::string_view> checks_used;
  int number = 0;
  for (const Statement& statement : statements()) {
    EXPECT_EQ(statement.number, ++number);
    EXPECT_FALSE(statement.sentence.empty());
    EXPECT_FALSE(statement.correction.empty());
    EXPECT_FALSE(statement.proof.empty());
    for (const Evidence& evidence : statement.evidence) {
      SCOPED_TRACE(evidence.name);
      if (evidence.kind == Evidence::Kind::kCells) {
        EXPECT_FALSE(cells_of(evidence.name).empty());
      } else if (evidence.kind == Evidence::Kind::kLaw) {
        ASSERT_NE(find_law(evidence.name), nullptr);
      } else {
        ASSERT_NE(find_check(evidence.name), nullptr);
        EXPECT_TRUE(evidence.holds);
        checks_used.insert(evidence.name);
      }
    }
    // The table's truths and the laws' are what the evidence says.
    EXPECT_TRUE(established(judge(statement, expected))) << statement.number;
  }
  EXPECT_EQ(checks_used.size(), checks().size());
}

// Any piece of evidence that turns out otherwise, or is missing, takes its statement with it.
TEST(Statements, FallWithEachPieceOfEvidence) {
  for (const Statement& statement : statements()) {
    for (const Evidence& evidence : statement.evidence) {
      const auto named = [&](Evidence::Kind kind, std::string_view name) {
        if (evidence.kind != Evidence::Kind::kCells)
          return kind == evidence.kind && name == evidence.name;
        return kind == evidence.kind && to_string(cells_of(evidence.name).back()) == name;
      };
      const auto flipped = [&](Evidence::Kind kind, std::string_view name) -> std::optional<Known> {
        Known known = expected(kind, name);
        if (named(kind, name)) known.holds = !known.holds;
        return known;
      };
      const auto missing = [&](Evidence::Kind kind, std::string_view name) -> std::optional<Known> {
        if (named(kind, name)) return std::nullopt;
        return expected(kind, name);
      };
      EXPECT_FALSE(established(judge(statement, flipped))) << evidence.name;
      EXPECT_FALSE(established(judge(statement, missing))) << evidence.name;
    }
  }
}

TEST(Statements, CellsAreNamedByTheirFirstWords) {
  EXPECT_EQ(cells_of("shift:conv:full").size(), 6U);
  EXPECT_EQ(cells_of("shift:conv:full:1-D").size(), 1U);
  EXPECT_EQ(cells_of("commutative:conv:full").size(), 4U);  // Two are ill-typed.
  EXPECT_TRUE(cells_of("shift-inside:conv:full").empty());
  EXPECT_TRUE(cells_of("shif").empty());
}

}  // namespace
}  // namespace convcheck::properties::textbook
