// SPDX-License-Identifier: Apache-2.0
// Every element type and every mixture of them, against the definition.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>
#include <utility>

#include "reference/oracle.hpp"
#include "reference/test_support.hpp"

namespace convcheck::reference {
namespace {

constexpr ElementType kTypes[] = {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                  ElementType::kF16, ElementType::kS32, ElementType::kS8,
                                  ElementType::kU8};

// Zero points at the ends and within: all values that the type can hold.
std::int32_t zero_point(ElementType type, std::int64_t turn) {
  if (!traits(type).is_integer) return 0;
  const IntegerRange range = integer_range(type);
  const std::int64_t points[] = {0, range.low, range.high, 3};
  return static_cast<std::int32_t>(points[turn % 4]);
}

void expect_right(const ConvProblem& p, Data kind) {
  const auto operands = hostile_operands(p, kind, 11);
  const auto result = solve(p, operands);
  ASSERT_TRUE(result) << to_string(p) << ": " << result.error().message;
  ASSERT_EQ(result->value.type(), p.type(p.written()));
  const std::vector<double> expected = defined(p, operands);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double got = result->value.value(static_cast<std::int64_t>(i));
    ASSERT_TRUE(same_bits(got, expected[i]))
        << to_string(p) << " data " << to_string(kind) << " output " << i << ": " << got << ", not "
        << expected[i] << ", tier " << to_string(result->tier[i]);
  }
}

TEST(OracleTypes, EveryMixtureOfEveryOperation) {
  std::int64_t turn = 0;
  std::set<std::string> mixtures;
  for (const Operation operation : {Operation::kConv, Operation::kDeconv, Operation::kWgrad})
    for (const ElementType x : kTypes)
      for (const ElementType w : kTypes)
        for (const ElementType y : kTypes) {
          ConvProblem p;
          p.operation = operation;
          p.rank = 1;
          p.batch = 2;
          p.groups = 1 + turn % 2;
          p.in_channels = 2 * p.groups;
          p.out_channels = p.groups;
          p.x_extent[2] = 6;
          p.w_extent[2] = 3;
          p.y_extent[2] = 5;
          p.pad_begin[2] = 1;
          p.x_type = x;
          p.w_type = w;
          p.y_type = y;
          p.has_bias = operation != Operation::kWgrad && turn % 3 != 0;
          p.x_zero_point = zero_point(x, turn / 2);
          p.w_zero_point = zero_point(w, turn / 3);
          if (!validate(p)) continue;
          mixtures.insert(fmt::format("{}-{}-{}", to_string(x), to_string(w), to_string(y)));
          expect_right(p, static_cast<Data>(++turn % kDataCount));
          if (HasFatalFailure()) return;
        }
  EXPECT_EQ(mixtures.size(), 343U);
}

TEST(OracleTypes, EveryKindOfDataOfTheUsualTypes) {
  struct Types {
    ElementType x, w, y;
    std::int32_t x_zero_point = 0, w_zero_point = 0;
  };
  using enum ElementType;
  for (const Types& types :
       {Types{kF32, kF32, kF32}, Types{kF64, kF64, kF64}, Types{kBf16, kBf16, kBf16},
        Types{kF16, kF16, kF16}, Types{kBf16, kBf16, kF32}, Types{kF16, kF16, kF32},
        Types{kF32, kF32, kF64}, Types{kU8, kS8, kS32, 130, -3}, Types{kS8, kS8, kF32},
        Types{kU8, kS8, kF32, 7, 0}, Types{kU8, kU8, kU8, 100, 99}, Types{kS32, kS32, kS32}})
    for (const char* shape : {"bias:g1mb1_ic3ih4iw5_oc4oh4ow5_kh3kw3sh1sw1ph1pw1dh0dw0",
                              "deconv:g2mb1_ic4iw20_oc4ow20_kw3sw1pw1dw0",
                              "wgrad:circular:g1mb2_ic2iw20_oc3ow20_kw3sw1pw1dw0"})
      for (int kind = 0; kind < kDataCount; ++kind) {
        auto p = parse_problem(shape);
        ASSERT_TRUE(p) << p.error().message;
        p->x_type = types.x;
        p->w_type = types.w;
        p->y_type = types.y;
        p->x_zero_point = types.x_zero_point;
        p->w_zero_point = types.w_zero_point;
        // What is read and what is written keep their types: u8 x s8 -> s32 in every operation.
        if (p->operation == Operation::kDeconv) std::swap(p->x_type, p->y_type);
        if (p->operation == Operation::kWgrad) std::swap(p->w_type, p->y_type);
        if (p->x_type != types.x) p->x_zero_point = 0;
        if (p->w_type != types.w) p->w_zero_point = 0;
        if (!validate(*p)) continue;  // A deconvolution's x and w are integers or neither.
        expect_right(*p, static_cast<Data>(kind));
        if (HasFatalFailure()) return;
      }
}

// Half a unit above a value of the narrow type and a little more, which f32 does not see: rounding
// to f32 first makes it a tie.
TEST(OracleTypes, NarrowResultsAreRoundedOnceAndNotThroughF32) {
  for (const ElementType to : {ElementType::kBf16, ElementType::kF16}) {
    ConvProblem p;
    p.rank = 1;
    p.x_extent[2] = p.w_extent[2] = 3;
    p.y_type = to;
    Tensor x(ElementType::kF32, {1, 1, 3});
    Tensor w(ElementType::kF32, {1, 1, 3});
    const int digits = traits(to).precision_bits;
    const double terms[] = {1, std::ldexp(1.0, -digits), 0x1p-60};
    for (std::int64_t i = 0; i < 3; ++i) {
      x.set_value(i, 1);
      w.set_value(i, terms[i]);
    }
    const auto result = solve(p, {x, w});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->value.value(0), 1 + std::ldexp(1.0, 1 - digits)) << to_string(to);
    w.set_value(2, 0);
    EXPECT_EQ(solve(p, {x, w})->value.value(0), 1) << "a tie, to even";
  }
}

// Terms far below 1 are scaled, and so is the error of two bins: unscaled it would let the sum just
// above a tie pass for the tie.
TEST(OracleTypes, SmallNumbersAreScaledWithTheirError) {
  ConvProblem p;
  p.rank = 1;
  p.x_extent[2] = p.w_extent[2] = 3;
  p.x_type = p.w_type = p.y_type = ElementType::kF64;
  Tensor x(ElementType::kF64, {1, 1, 3});
  Tensor w(ElementType::kF64, {1, 1, 3});
  const double terms[] = {0x1p-350, 0x1p-403, 0x1p-750};
  for (std::int64_t i = 0; i < 3; ++i) {
    x.set_value(i, terms[i]);
    w.set_value(i, 0x1p-350);
  }
  const auto result = solve(p, {x, w});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->value.value(0), 0x1p-700 + 0x1p-752);
  EXPECT_EQ(result->tier[0], Tier::kInteger);
  x.set_value(2, 0x1p-460);  // Far enough from the tie for two bins.
  const auto easy = solve(p, {x, w});
  EXPECT_EQ(easy->value.value(0), 0x1p-700 + 0x1p-752);
  EXPECT_EQ(easy->tier[0], Tier::kInteger);
  x.set_value(1, 0x1p-402);
  x.set_value(2, 0x1p-724);
  const auto scaled = solve(p, {x, w});
  EXPECT_EQ(scaled->value.value(0), 0x1p-700 + 0x1p-752);
  EXPECT_EQ(scaled->tier[0], Tier::kTwoBins);
}

// Sums that begin in two bins are exact in f64 where those of f32 are.
TEST(OracleTypes, ExactSumsOfF64AreKnownToBe) {
  ConvProblem p;
  p.rank = 1;
  p.x_extent[2] = p.w_extent[2] = 2;
  p.x_type = p.w_type = p.y_type = ElementType::kF64;
  Tensor x(ElementType::kF64, {1, 1, 2});
  Tensor w(ElementType::kF64, {1, 1, 2});
  for (const double unit : {1.0, 0x1p-500, 0x1p-540, 0x1p300}) {
    x.set_value(0, 3 * unit);
    w.set_value(0, 5 * unit);
    x.set_value(1, 0.25 * unit);
    w.set_value(1, -2 * unit);
    const auto result = solve(p, {x, w});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->value.value(0), 14.5 * unit * unit);
    EXPECT_EQ(result->sum_abs[0], unit == 0x1p-540 ? 0x1p-1074 : 15.5 * unit * unit);
    EXPECT_EQ(result->tier[0], unit == 0x1p-540 ? Tier::kInteger : Tier::kExactSum);
  }
}

// After a first product of 1, each of the others is lost: less than half a unit in the last place.
// Whatever the order of a sum of magnitudes, its own height covers that: an f32 result of a weight
// gradient of few rows is summed by positions, an f64 one in bins.
TEST(OracleTypes, TheBoundOnMagnitudesCoversWhatEveryAdditionLoses) {
  for (const ElementType written : {ElementType::kF32, ElementType::kF64})
    for (const std::int64_t positions : {8, 48, 300, 3000}) {
      ConvProblem p;
      p.operation = Operation::kWgrad;
      p.rank = 1;
      p.w_extent[2] = 3;
      p.y_extent[2] = positions;
      p.x_extent[2] = positions + 2;
      p.w_type = written;
      constexpr double kLost = 0x1p-53 * (1 - 0x1p-20);
      Tensor x(ElementType::kF32, {1, 1, positions + 2});
      Tensor y(ElementType::kF32, {1, 1, positions});
      for (std::int64_t i = 0; i < x.count(); ++i) x.set_value(i, 1);
      for (std::int64_t i = 0; i < y.count(); ++i) y.set_value(i, i == 0 ? 1 : kLost);
      const auto result = solve(p, {x, y});
      ASSERT_TRUE(result) << result.error().message;
      for (const double sum_abs : result->sum_abs)  // The difference is exact.
        EXPECT_GE(sum_abs - 1, static_cast<double>(positions - 1) * kLost) << to_string(p);
    }
}

TEST(OracleTypes, AnIntegerResultStopsAtTheEndsOfItsType) {
  ConvProblem p;
  p.rank = 1;
  p.x_type = p.w_type = p.y_type = ElementType::kS32;
  Tensor x(ElementType::kS32, {1, 1, 1});
  Tensor w(ElementType::kS32, {1, 1, 1});
  const std::int32_t largest = std::numeric_limits<std::int32_t>::max();
  for (const auto& [a, b, expected] :
       {std::array{65536.0, 32768.0, 0x1p31 - 1}, std::array{65536.0, -32768.0, -0x1p31},
        std::array{65536.0, -32769.0, -0x1p31}, std::array{-1.0, -0x1p31, 0x1p31 - 1},
        std::array{static_cast<double>(largest), 1.0, 0x1p31 - 1}}) {
    x.set_value(0, a);
    w.set_value(0, b);
    const auto result = solve(p, {x, w});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->value.value(0), expected);
    EXPECT_GE(result->sum_abs[0], std::fabs(a * b));
  }
}

}  // namespace
}  // namespace convcheck::reference
