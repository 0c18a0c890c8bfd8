// SPDX-License-Identifier: Apache-2.0
// The law table is right: every cell's truth, every smallest counterexample, every lemma's iff.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "properties/table/truth.hpp"

namespace convcheck::properties::table {
namespace {

constexpr Cell signals(Statement statement, Orientation orientation, Setting setting) {
  return {statement, setting, orientation, Kind::k1D};
}

class EveryStatement : public testing::TestWithParam<std::size_t> {};

std::string statement_name(const testing::TestParamInfo<std::size_t>& parameter) {
  std::string name(info(static_cast<Statement>(parameter.param)).name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// What is found is what the lemmas say, and any other truth of the cell would be noticed.
TEST_P(EveryStatement, HasTheTruthOfItsLemmaInEveryCellAndNoOther) {
  for (const Cell& cell : all_cells()) {
    if (static_cast<std::size_t>(cell.statement) != GetParam()) continue;
    SCOPED_TRACE(to_string(cell));
    const Found found = prove(cell, {.random_cases = 300, .exhaustive_length = 3});
    for (const CellTruth truth : kCellTruths)
      EXPECT_EQ(truth == truth_of(found), truth == expectation(cell).truth) << to_string(truth);
    EXPECT_TRUE(!found.typed || found.cases >= 300) << found.cases;
    // Whatever is refuted has its smallest counterexample, which shows it.
    EXPECT_EQ(found.by_value, found.value_case.has_value());
    EXPECT_EQ(found.by_shape, found.shape_case.has_value());
    ExactJudge judge(cell);
    if (found.value_case) {
      EXPECT_EQ(judge.judge(*found.value_case), Agreement::kByValue);
    }
    if (found.shape_case) {
      EXPECT_EQ(judge.judge(*found.shape_case), Agreement::kByShape);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryStatement, testing::Range<std::size_t>(0, kAllStatements),
                         statement_name);

TEST(Table, HasEveryCell) {
  std::set<std::string> names;
  for (const Cell& cell : all_cells()) {
    EXPECT_TRUE(names.insert(to_string(cell)).second) << to_string(cell);
    EXPECT_EQ(parse_cell(to_string(cell)), cell);
    EXPECT_FALSE(equation(cell).empty());
    EXPECT_EQ(expectation(cell).through.has_value() || expectation(cell).lemma == Lemma::kMatrices,
              cell.kind != Kind::k1D)
        << to_string(cell);
  }
  // Nine statements, two orientations, nine settings, six kinds; and the identities.
  EXPECT_EQ(kTableStatements * 2 * kSettings.size() * kKinds.size(), 972U);
  EXPECT_EQ(names.size(), 1380U);
  EXPECT_EQ(parse_cell("associative:corr:full"), std::nullopt);
  EXPECT_EQ(parse_cell("associative:corr:full:4-D"), std::nullopt);
  EXPECT_EQ(parse_cell("reversal:conv:full:1-D"), std::nullopt);
}

TEST(Table, CitesEveryLemma) {
  std::set<Lemma> cited;
  for (const Cell& cell : all_cells()) {
    cited.insert(expectation(cell).lemma);
    if (expectation(cell).through) cited.insert(*expectation(cell).through);
  }
  EXPECT_EQ(cited.size(), lemmas().size());
}

TEST(Table, WhatIsIllTypedSaysWhy) {
  int ill_typed = 0;
  for (const Cell& cell : all_cells()) {
    if (expectation(cell).truth != CellTruth::kIllTyped) continue;
    EXPECT_EQ(cell.statement, Statement::kCommutative);
    EXPECT_FALSE(ill_typed_reason(cell).empty());
    ++ill_typed;
  }
  EXPECT_EQ(ill_typed, 36);
}

// The counterexamples of the literature, in this table's order.
TEST(Table, TheSmallestCounterexamplesAreThese) {
  const auto conv = Orientation::kConvolution;
  const auto corr = Orientation::kCrossCorrelation;
  const auto text = [](const Cell& cell, Agreement kind) {
    return to_string(cell, *smallest(cell, kind, search_limit(cell)));
  };
  const auto value = Agreement::kByValue;
  EXPECT_EQ(text(signals(Statement::kCommutative, corr, Setting::kFull), value),
            "x = [1], w = [0, 1]");
  EXPECT_EQ(text(signals(Statement::kAssociative, corr, Setting::kFull), value),
            "x = [1], w = [1], v = [0, 1]");
  EXPECT_EQ(text(signals(Statement::kAssociative, conv, Setting::kStrided), value),
            "x = [1], w = [1], v = [0, 0, 1]");
  EXPECT_EQ(text(signals(Statement::kAssociative, corr, Setting::kCircular), value),
            "x = [0, 0, 1], w = [0, 0, 1], v = [0, 0, 1]");
  EXPECT_EQ(text(signals(Statement::kCommutative, corr, Setting::kCircular), value),
            "x = [0, 0, 1], w = [0, 1, 0]");
  EXPECT_EQ(text(signals(Statement::kAssociative, conv, Setting::kValid), Agreement::kByShape),
            "x = [0, 0, 0], w = [0, 0], v = [0, 0]");
  EXPECT_EQ(text({Statement::kCommutative, Setting::kFull, corr, Kind::k3D}, value),
            "x = [[[1]]], w = [[[0, 1]]]");
  EXPECT_EQ(text({Statement::kLayersCommute, Setting::kFull, conv, Kind::kMultiChannel}, value),
            "x = [[0], [1]], w = [[[0], [0]], [[0], [1]]], v = [[[0], [1]], [[0], [0]]]");
}

// The search tries unit vectors only; here every array over {0, 1, -1} is tried, in order.
TEST(Table, NoCounterexampleIsSmallerThanTheSmallest) {
  for (const Cell& cell : all_cells()) {
    if (cell.kind != Kind::k1D || cell.setting == Setting::kCircular) continue;
    SCOPED_TRACE(to_string(cell));
    constexpr std::int32_t kTotal = 5;
    ExactJudge judge(cell);
    std::optional<TableCase> value, shape;
    TableCase c;
    for (std::int32_t total = 1; total <= kTotal; ++total) {
      for (std::int32_t sum = 0; sum <= total; ++sum) {
        for (const CaseShape& s : shapes_of_total(cell, total)) {
          c.shape = s;
          for_each_array(total, sum, c.values, [&] {
            const Agreement agreement = judge.judge(c);
            if (agreement == Agreement::kByValue && !value) value = c;
            if (agreement == Agreement::kByShape && !shape) shape = c;
            return true;
          });
        }
      }
    }
    const auto same = [&](const std::optional<TableCase>& plain, Agreement kind) {
      const std::optional<TableCase> found = smallest(cell, kind, kTotal);
      ASSERT_EQ(plain.has_value(), found.has_value());
      if (plain) {
        EXPECT_EQ(to_string(cell, *plain), to_string(cell, *found));
      }
    };
    same(value, Agreement::kByValue);
    same(shape, Agreement::kByShape);
  }
}

TEST(Table, SignalsOfLengthFourAreAllThere) {
  const auto count = [](const Cell& cell) {
    return for_each_small_signal(cell, 4, [](const TableCase&) { return true; });
  };
  const auto conv = Orientation::kConvolution;
  EXPECT_EQ(count(signals(Statement::kCommutative, conv, Setting::kFull)), 120 * 120);
  EXPECT_EQ(count(signals(Statement::kAssociative, conv, Setting::kFull)), 120 * 120 * 120);
  EXPECT_EQ(count(signals(Statement::kAssociative, conv, Setting::kCircular)),
            27 + 729 + 19683 + 531441);
  EXPECT_EQ(count(signals(Statement::kIdentityLeft, conv, Setting::kFull)), 120);
}

bool is_zero(const std::int64_t* values, std::int32_t n) {
  return std::all_of(values, values + n, [](std::int64_t v) { return v == 0; });
}

// h = Rh on Z, for h from position 0 on.
bool is_even(const std::int64_t* h, std::int32_t n) {
  return std::all_of(h + 1, h + n, [](std::int64_t v) { return v == 0; });
}

TEST(Lemmas, CorrelationAssociatesIffTheLastIsEvenOrAnotherZero) {
  const Cell cell =
      signals(Statement::kAssociative, Orientation::kCrossCorrelation, Setting::kFull);
  ExactJudge judge(cell);
  for_each_small_signal(cell, 3, [&](const TableCase& c) {
    const std::int32_t n = c.shape.x[2];
    const std::int32_t k = c.shape.w[2];
    const std::int64_t* x = c.values.data();
    const bool equal = judge.judge(c) != Agreement::kByValue;
    const bool expected = is_zero(x, n) || is_zero(x + n, k) || is_even(x + n + k, c.shape.v[2]);
    EXPECT_EQ(equal, expected) << to_string(cell, c);
    return equal == expected;
  });
}

TEST(Lemmas, CorrelationCommutesIffItIsEven) {
  const Cell cell =
      signals(Statement::kCommutative, Orientation::kCrossCorrelation, Setting::kFull);
  ExactJudge judge(cell);
  ExactAlgebra algebra(1, 1);
  for_each_small_signal(cell, 4, [&](const TableCase& c) {
    algebra.reset();
    const Operands<Block> o = blocks(operand_shapes(cell, c.shape), c.values.data());
    const Block y = algebra.product(o.x, o.w, {Setting::kFull, Orientation::kCrossCorrelation, 1});
    bool even = true;
    for (std::int32_t i = 0; i < y.count(); ++i) {
      const std::int32_t mirror = -(y.span[2].offset + i) - y.span[2].offset;
      const std::int64_t there = mirror >= 0 && mirror < y.count() ? y.values[mirror] : 0;
      even = even && y.values[i] == there;
    }
    EXPECT_EQ(judge.judge(c) != Agreement::kByValue, even) << to_string(cell, c);
    return true;
  });
}

// On Z/N corr commutes and associates for N = 1 and 2, on all data.
TEST(Lemmas, OnTheCircleCorrelationIsConvolutionUpToN2) {
  for (const Statement statement : {Statement::kCommutative, Statement::kAssociative}) {
    const Cell cell = signals(statement, Orientation::kCrossCorrelation, Setting::kCircular);
    ExactJudge judge(cell);
    std::set<std::int32_t> refuted;
    for_each_small_signal(cell, 4, [&](const TableCase& c) {
      if (judge.judge(c) == Agreement::kByValue) refuted.insert(c.shape.x[2]);
      return true;
    });
    EXPECT_EQ(refuted, (std::set<std::int32_t>{3, 4}));
  }
}

}  // namespace
}  // namespace convcheck::properties::table
