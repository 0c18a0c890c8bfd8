// SPDX-License-Identifier: Apache-2.0
#include "reports/summary.hpp"

#include <gtest/gtest.h>

#include "reports/example_document.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"

namespace convcheck::reports {
namespace {

TEST(Summary, WhatIsNotSupportedIsNotCountedAsHolding) {
  const std::vector<Tally> counts = tallies(example_document());
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].engine, "good");
  EXPECT_EQ(counts[0].holds, 1);
  EXPECT_EQ(counts[0].not_applicable, 1);
  EXPECT_EQ(counts[1].failed, 1);
  EXPECT_EQ(failure_count(example_document()), 1);
  EXPECT_EQ(judged_count(example_document()), 2);
}

TEST(Summary, ARefutedFalseLawIsAsExpected) {
  Document d = example_document();
  d.verdicts.resize(1);
  d.verdicts[0].expected = d.verdicts[0].verdict = "refuted";
  EXPECT_EQ(tallies(d)[0].holds, 1);
  d.verdicts[0].verdict = "holds";
  d.verdicts[0].failure = true;
  EXPECT_EQ(tallies(d)[0].failed, 1);
}

TEST(Summary, ADeviationBelowTheLevelIsInconclusiveNotHeld) {
  Document d = example_document();
  d.verdicts.resize(1);
  d.verdicts[0].level = "informative";
  d.verdicts[0].verdict = "refuted";
  EXPECT_EQ(tallies(d)[0].holds, 0);
  EXPECT_EQ(tallies(d)[0].inconclusive, 1);
  EXPECT_EQ(inconclusive_count(d), 1);
}

TEST(Summary, TheTimingTableMarksTheBestAndTakesBoundsAsBounds) {
  const std::string text = to_text(timing_table(example_document()));
  EXPECT_NE(text.find("*3 41%"), std::string::npos) << text;
  EXPECT_NE(text.find("wrong"), std::string::npos) << text;
  EXPECT_NE(text.find("> 10 s"), std::string::npos) << text;
  EXPECT_NE(text.find(">= 5e+03"), std::string::npos) << text;
  EXPECT_EQ(text.find("again"), std::string::npos) << text;
}

TEST(Summary, TablesAreRectangular) {
  for (const Table& table : {verdict_table(example_document()), timing_table(example_document())}) {
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.rows[0].size());
  }
}

TEST(Power, SaysOnWhatItRests) {
  PowerEntry power{"measured", {}, 141, 141, {}, 3, 2, {{0.2, 0.512}}};
  EXPECT_EQ(power_text(power),
            "Power: the same cases see 141 of 141 planted bugs.\n"
            "1 of 3 problems are too large for planted bugs.\n"
            "A fault escapes these 3 problems by a chance of 51.2 % where it shows on 20 % of such "
            "problems.");
  power = {"recorded", {"edge", "tails"}, 141, 139, {"a", "b"}, 3, 0, {{0.2, 0.512}}};
  EXPECT_EQ(
      power_text(power).substr(0, 91),
      "Power: the record of edge and tails says: seen are 139 of 141 planted bugs; not a, b.\n"
      "A fau");
  power = {"none", {}, 0, 0, {}, 3, 0, {{0.2, 0.512}}};
  EXPECT_EQ(power_text(power).substr(0, 80),
            "Power: of these problems nothing is recorded; --power asks planted bugs.\nA fault");
}

TEST(Format, SaysHowLargeAnErrorIsBesideItsBound) {
  EXPECT_EQ(format_bound_used(0.6641), "66.4 % of");
  EXPECT_EQ(format_bound_used(1), "100 % of");
  EXPECT_EQ(format_bound_used(4.41e6), "4.41e+06 times");
}

TEST(Summary, SecondsHaveThreeDigits) {
  EXPECT_EQ(format_seconds(1.2345), "1.23 s");
  EXPECT_EQ(format_seconds(0.0012345), "1.23 ms");
  EXPECT_EQ(format_seconds(4.56e-7), "456 ns");
}

TEST(Markdown, BarsInNamesDoNotMakeColumns) {
  Document d = example_document();
  d.timings[0].label = d.timings[1].label = d.timings[2].label = "a | b";
  EXPECT_NE(to_markdown(timing_table(d)).find("a \\| b"), std::string::npos);
}

TEST(Markdown, AFailureShowsTheCaseAndHowToSeeItAgain) {
  const std::string text = to_markdown(example_document());
  for (const char* part : {"[[[1, nan, -inf]]]", "expected 3, found 4", "(to the bit)",
                           "2 elements differ", "--engine so:./libbad.so", "preferred layout"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Junit, EscapesAndCountsEverything) {
  const std::string xml = to_junit(example_document());
  EXPECT_NE(xml.find("a | b &amp; &quot;c&quot; &lt;d&gt;"), std::string::npos) << xml;
  EXPECT_NE(xml.find("tests=\"4\" failures=\"1\" skipped=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<error type=\"engine-start\""), std::string::npos) << xml;
  EXPECT_EQ(xml.find('\x01'), std::string::npos);
  EXPECT_EQ(xml.find('\xff'), std::string::npos);
}

TEST(Junit, ARegressionFailsAndWhatIsInconclusiveIsSkipped) {
  Document d = example_comparison();
  d.comparisons[1].verdict = "inconclusive";
  const std::string xml = to_junit(d);
  EXPECT_NE(xml.find("name=\"compare\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"1\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<failure type=\"slower\" message=\"slower: 0.0011 s, before 0.001 s"),
            std::string::npos)
      << xml;
}

}  // namespace
}  // namespace convcheck::reports
