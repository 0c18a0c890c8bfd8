// SPDX-License-Identifier: Apache-2.0
#include "reports/score.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reports/example_document.hpp"

namespace convcheck::reports {
namespace {

void add(Document& d, const std::string& engine, const std::string& family,
         const std::string& problem, double ratio, const std::string& bound = "") {
  TimingEntry t;
  t.engine = engine;
  t.suite = std::string("s");
  t.family = family;
  t.problem = problem;
  const bool over_budget = bound == "at-most";
  t.status = std::string(over_budget ? "over-budget" : "timed");
  if (!over_budget) t.gflops = 8;
  if (ratio > 0) {
    t.ratio.emplace();
    t.ratio->value = ratio;
    t.ratio->bound = bound;
  }
  d.timings.push_back(t);
}

const ScoreEntry& of(const std::vector<ScoreEntry>& list, const std::string& engine) {
  for (const ScoreEntry& s : list) {
    if (s.engine == engine) return s;
  }
  ADD_FAILURE() << engine;
  return list.front();
}

TEST(Score, NoFamilyOutweighsAnother) {
  Document d;
  for (const char* problem : {"a", "b", "c"}) add(d, "mine", "many", problem, 4);
  add(d, "mine", "one", "d", 1.0 / 9);
  d.timings.back().gflops = 2;
  const std::vector<ScoreEntry> list = scores(d);
  const ScoreEntry& mine = of(list, "mine");
  EXPECT_NEAR(mine.ratio, std::sqrt(4.0 / 9), 1e-12);
  EXPECT_NEAR(mine.gflops, 4, 1e-12);
  EXPECT_EQ(mine.families.size(), 2u);
  EXPECT_EQ(mine.problems, 4);
  EXPECT_EQ(mine.in_ratio, 4);
}

TEST(Score, WhatHasNoRatioIsLeftOutAndCounted) {
  Document d;
  add(d, "mine", "f", "a", 2);
  add(d, "other", "f", "a", 0.5);
  add(d, "mine", "f", "b", 0);
  const std::vector<ScoreEntry> list = scores(d);
  const ScoreEntry& mine = of(list, "mine");
  EXPECT_EQ(mine.in_ratio, 1);
  EXPECT_EQ(mine.timed, 2);
  EXPECT_NEAR(mine.ratio, 2, 1e-12);
  const Table table = score_table(list);
  EXPECT_EQ(table.rows[1][1], "2 (1 of 2)");
  EXPECT_EQ(table.rows.back()[2], "0.5");
}

TEST(Score, OverBudgetIsABound) {
  Document d;
  add(d, "mine", "f", "a", 10, "at-least");
  add(d, "slow", "f", "a", 0.1, "at-most");
  EXPECT_EQ(of(scores(d), "mine").bound, "at-least");
  EXPECT_EQ(of(scores(d), "slow").bound, "at-most");
  EXPECT_EQ(of(scores(d), "slow").timed, 0);
  EXPECT_EQ(score_table(scores(d)).rows.back()[1], ">= 10");
  add(d, "mine", "g", "c", 0.5, "at-most");
  EXPECT_EQ(of(scores(d), "mine").bound, "unknown");
}

TEST(Score, OneEngineHasARateAndNoRatio) {
  Document d;
  add(d, "mine", "", "a", 0);
  d.timings.back().gflops = 2;
  add(d, "mine", "", "b", 0);
  const std::vector<ScoreEntry> list = scores(d);
  EXPECT_EQ(list[0].in_ratio, 0);
  EXPECT_EQ(list[0].families[0].family, "s");
  EXPECT_NEAR(list[0].gflops, 4, 1e-12);
  EXPECT_EQ(score_table(list).rows.back()[1], "4");
  EXPECT_EQ(score_heading(list).substr(0, 7), "GFLOP/s");
}

TEST(Score, AnEngineStartedOnceMoreTakesNoPart) {
  const std::vector<ScoreEntry> list = scores(example_document());
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].engine, "good");
  EXPECT_EQ(list[0].bound, "at-least");
  EXPECT_EQ(list[1].in_ratio, 0);
}

}  // namespace
}  // namespace convcheck::reports
