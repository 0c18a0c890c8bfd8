// SPDX-License-Identifier: Apache-2.0
// The exact evaluator against the definition, and the operations on signals against theirs.
#include "properties/table/exact.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <vector>

#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "properties/table/problem.hpp"
#include "reference/definition.hpp"

namespace convcheck::properties::table {
namespace {

Block random_block(std::int32_t rows, std::int32_t columns, int rank, std::int32_t largest,
                   bool offset, Random& random, std::vector<std::int64_t>& values) {
  Block b;
  b.rows = rows;
  b.columns = columns;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a) {
    b.span[a].extent = static_cast<std::int32_t>(random.between(1, largest));
    if (offset) b.span[a].offset = static_cast<std::int32_t>(random.between(-4, 4));
  }
  values.resize(static_cast<std::size_t>(b.count()));
  for (std::int64_t& v : values) v = random.between(-9, 9);
  b.values = values.data();
  return b;
}

// Values by place on Z, zeros left out.
using Places = std::map<std::int64_t, std::int64_t>;
Places places(const Block& f) {
  Places result;
  for (std::int32_t i = 0; i < f.count(); ++i) {
    if (f.values[i] != 0) result[f.span[2].offset + i] = f.values[i];
  }
  return result;
}

TEST(ExactAlgebra, IsTheDefinition) {
  Random random(1);
  std::vector<std::int64_t> x, w;
  for (int i = 0; i < 20000; ++i) {
    const int rank = static_cast<int>(random.between(1, 3));
    const auto groups = static_cast<std::int32_t>(random.between(1, 3));
    const auto c = static_cast<std::int32_t>(random.between(1, 3));
    const Setting setting = kSettings[static_cast<std::size_t>(random.below(9))];
    const Product product{
        setting, random.below(2) == 0 ? Orientation::kConvolution : Orientation::kCrossCorrelation,
        static_cast<std::int32_t>(random.between(2, 3))};
    const std::int32_t largest = rank == 1 ? 6 : 3;
    const bool offset = setting != Setting::kCircular;
    const Block f = random_block(static_cast<std::int32_t>(random.between(1, 2)), groups * c, rank,
                                 largest, offset, random, x);
    const Block g = random_block(groups * static_cast<std::int32_t>(random.between(1, 2)), c, rank,
                                 largest, offset, random, w);
    ExactAlgebra algebra(rank, groups);
    const Block y = algebra.product(f, g, product);
    const ConvProblem p = product_problem(product, rank, groups, f, g);
    if (y.empty()) continue;
    ASSERT_TRUE(validate(p)) << to_string(p);
    const std::vector<std::int64_t> expected =
        reference::definition<std::int64_t>(p, {.x = x, .w = w, .bias = {}, .y = {}});
    ASSERT_EQ(std::vector<std::int64_t>(y.values, y.values + y.count()), expected) << to_string(p);
  }
}

// A signal or kernel without values on some axis, in every setting.
TEST(ExactAlgebra, AProductWithNothingHasNoValues) {
  const std::int64_t ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  for (int rank = 1; rank <= 3; ++rank)
    for (const Setting setting : kSettings)
      for (std::size_t axis = static_cast<std::size_t>(kMaxRank - rank); axis < 3; ++axis)
        for (const bool signal : {false, true}) {
          Block f;
          f.rows = f.columns = 1;
          for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a) f.span[a].extent = 2;
          f.values = ones;
          Block g = f;
          (signal ? f : g).span[axis].extent = 0;
          ExactAlgebra algebra(rank, 1);
          EXPECT_TRUE(algebra.product(f, g, {setting, Orientation::kConvolution, 2}).empty())
              << to_string(setting);
        }
}

// f * g and corr(f, g) as sums over Z, and what each setting keeps of them.
TEST(ExactAlgebra, ResultsStandWhereTheSumsOverZPutThem) {
  Random random(2);
  std::vector<std::int64_t> x, w;
  for (int i = 0; i < 5000; ++i) {
    const Block f = random_block(1, 1, 1, 6, true, random, x);
    const Block g = random_block(1, 1, 1, 6, true, random, w);
    for (const Orientation orientation :
         {Orientation::kConvolution, Orientation::kCrossCorrelation}) {
      const int sign = orientation == Orientation::kConvolution ? 1 : -1;
      for (const std::int32_t d : {1, 2}) {
        Places full;
        for (const auto& [a, u] : places(f)) {
          for (const auto& [b, v] : places(g)) full[a + sign * d * b] += u * v;
        }
        std::erase_if(full, [](const auto& entry) { return entry.second == 0; });
        ExactAlgebra algebra(1, 1);
        const Setting setting = d == 1 ? Setting::kFull : Setting::kDilated;
        EXPECT_EQ(places(algebra.product(f, g, {setting, orientation, d})), full);
        if (d == 2) continue;
        Places strided;
        for (const auto& [n, v] : full) {
          if (n % 3 == 0) strided[n / 3] = v;
        }
        EXPECT_EQ(places(algebra.product(f, g, {Setting::kStrided, orientation, 3})), strided);
        for (const Setting cut : {Setting::kValid, Setting::kSameUpper, Setting::kSameLower}) {
          const Block y = algebra.product(f, g, {cut, orientation, 1});
          Places inside;
          for (const auto& [n, v] : full) {
            if (n >= y.span[2].offset && n < y.span[2].offset + y.span[2].extent) inside[n] = v;
          }
          EXPECT_EQ(places(y), inside) << to_string(cut);
          const std::int32_t n = f.span[2].extent;
          const std::int32_t k = g.span[2].extent;
          EXPECT_EQ(y.span[2].extent, cut == Setting::kValid ? std::max(n - k + 1, 0) : n);
        }
      }
    }
  }
}

TEST(ExactAlgebra, MovesReversesAndSpreads) {
  const std::vector<std::int64_t> values = {5, 6, 7};
  Block f;
  f.span[2] = {3, -1};
  f.values = values.data();
  ExactAlgebra a(1, 1);
  EXPECT_EQ(places(a.moved(f, false)), (Places{{0, 5}, {1, 6}, {2, 7}}));
  EXPECT_EQ(places(a.reversed(f, false)), (Places{{1, 5}, {0, 6}, {-1, 7}}));
  EXPECT_EQ(places(a.inserted(f, 3)), (Places{{-3, 5}, {0, 6}, {3, 7}}));
  EXPECT_EQ(places(a.placed(f, 4)), (Places{{3, 5}, {4, 6}, {5, 7}}));
  EXPECT_EQ(places(a.window(f, {Span{}, Span{}, Span{2, 0}})), (Places{{0, 6}, {1, 7}}));
  EXPECT_EQ(*a.inner(f, a.moved(f, false)).values, 5 * 6 + 6 * 7);
  EXPECT_EQ(*a.total(f).values, 18);
  f.span[2].offset = 0;
  EXPECT_EQ(places(a.moved(f, true)), (Places{{0, 7}, {1, 5}, {2, 6}}));
  EXPECT_EQ(places(a.reversed(f, true)), (Places{{0, 5}, {1, 7}, {2, 6}}));
}

TEST(ExactAlgebra, MatricesAreTransposedByGroup) {
  std::vector<std::int64_t> values(2 * 3 * 2);  // Two groups of 3 x 2.
  std::iota(values.begin(), values.end(), 0);
  Block f;
  f.rows = 6;
  f.columns = 2;
  f.values = values.data();
  ExactAlgebra a(1, 2);
  const Block t = a.transposed(f);
  EXPECT_EQ(t.rows, 4);
  EXPECT_EQ(t.columns, 3);
  EXPECT_EQ(std::vector<std::int64_t>(t.values, t.values + 12),
            (std::vector<std::int64_t>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
  const Block s = a.swapped(f);
  EXPECT_EQ(std::vector<std::int64_t>(s.values, s.values + 12),
            (std::vector<std::int64_t>{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
}

}  // namespace
}  // namespace convcheck::properties::table
