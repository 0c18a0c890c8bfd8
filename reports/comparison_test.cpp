// SPDX-License-Identifier: Apache-2.0
#include "reports/comparison.hpp"

#include <gtest/gtest.h>

#include "reports/difference.hpp"
#include "reports/example_document.hpp"
#include "reports/markdown.hpp"

namespace convcheck::reports {
namespace {

TEST(Comparison, RowsSayTheChangeWithItsIntervalOrTheBound) {
  const Table table = comparison_table(example_comparison());
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_EQ(table.rows[1],
            (std::vector<std::string>{"g1mb1_ic1iw3_oc1ow3_kw1sw1pw0dw0", "1", "1 ms", "1.1 ms",
                                      "+10.0 % [+8.0, +12.0]", "1.0 %", "2e-05", "slower"}));
  EXPECT_EQ(table.rows[2][3], "> 10 s");
  EXPECT_EQ(table.rows[2][4], ">= +999900.0 %");
  EXPECT_EQ(table.rows[3][3], "-");
  EXPECT_EQ(table.rows[3][4], "-");
  EXPECT_EQ(table.rows[3][7], "lost: wrong now: 1 of 3 elements differs");
}

TEST(Comparison, EnginesStandInTheTableWhereTheyDiffer) {
  Document d = example_comparison();
  d.comparisons[1].new_engine = "other";
  EXPECT_EQ(comparison_table(d).rows[0][1], "engine");
  EXPECT_EQ(comparison_table(d).rows[1][1], "good");
  EXPECT_EQ(comparison_table(d).rows[2][1], "good -> other");
}

TEST(Comparison, CountsWhatWasComparedAndApartWhatWasNot) {
  EXPECT_EQ(comparison_counts(example_comparison()),
            "2 slower, 0 faster, 0 same, 0 inconclusive of 2 compared; 1 lost");
  Document d = example_comparison();
  d.comparisons[0].verdict = "same";
  d.comparisons[1].verdict = "not-compared";
  EXPECT_EQ(comparison_counts(d),
            "0 slower, 0 faster, 1 same, 0 inconclusive of 1 compared; 1 lost, 1 not-compared");
  EXPECT_FALSE(is_regression(d.comparisons[0]));
  EXPECT_FALSE(is_regression(d.comparisons[1]));
  EXPECT_TRUE(is_regression(d.comparisons[2]));
}

TEST(Comparison, MarkdownSaysWhatTheVerdictsMean) {
  const std::string text = to_markdown(example_comparison());
  for (const char* part : {"**2 slower, 0 faster", "new.json against old.json", "less than 5 %",
                           "Holm, 0.05", "Note: the machine was busy.", "| a \\| b |"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Difference, NamesTheFirstBitsAndBothErrors) {
  const Document d = example_difference();
  EXPECT_EQ(
      bits_text(d.differences[0]),
      "index 1 [0, 0, 1]: 0x3f800000 and 0x3f800001 (1 and 1.0000001192092896), 1 ulp; 2 of 3 "
      "differ, by at most 2 ulps");
  EXPECT_EQ(error_text(d.differences[0]),
            "error / (u S) 0.5 and 0.75; 1 and 1 ulp; 25 % and 25 % of the derived bound");
  EXPECT_EQ(bits_text(d.differences[1]), "B does not repeat its own bits");
  EXPECT_EQ(error_text(d.differences[1]), "B does not repeat its own bits");
  const Table table = difference_table(d);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[1].size(), table.rows[0].size());
}

}  // namespace
}  // namespace convcheck::reports
