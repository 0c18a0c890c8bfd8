// SPDX-License-Identifier: Apache-2.0
#include "core/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/geometry.hpp"
#include "core/test_problems.hpp"

namespace convcheck {
namespace {

ConvProblem typical() {
  ConvProblem p;
  p.batch = 2;
  p.groups = 2;
  p.in_channels = 4;
  p.out_channels = 6;
  p.x_extent = {1, 8, 9};
  p.w_extent = {1, 3, 3};
  p.y_extent = {1, 8, 9};
  p.pad_begin = {0, 1, 1};
  return p;
}

struct Rule {
  const char* message;
  std::function<void(ConvProblem&)> break_it;
};

TEST(Validate, AcceptsTypicalProblem) { EXPECT_TRUE(validate(typical())); }

TEST(Validate, NamesEveryBrokenRule) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 59;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const Rule rules[] = {
      {"rank is 0", [](auto& p) { p.rank = 0; }},
      {"rank is 4", [](auto& p) { p.rank = 4; }},
      {"batch is -1", [](auto& p) { p.batch = -1; }},
      {"groups is 0", [](auto& p) { p.groups = 0; }},
      {"in_channels is 0", [](auto& p) { p.in_channels = 0; }},
      {"out_channels is -6", [](auto& p) { p.out_channels = -6; }},
      {"groups 2 does not divide in_channels 5", [](auto& p) { p.in_channels = 5; }},
      {"groups 2 does not divide out_channels 7", [](auto& p) { p.out_channels = 7; }},
      {"x_extent.h is -1", [](auto& p) { p.x_extent[1] = -1; }},
      {"y_extent.w is -2", [](auto& p) { p.y_extent[2] = -2; }},
      {"w_extent.w is 0", [](auto& p) { p.w_extent[2] = 0; }},
      {"stride.h is 0", [](auto& p) { p.stride[1] = 0; }},
      {"dilation.h is 0", [](auto& p) { p.dilation[1] = 0; }},
      {"axis h reaches index 2^60", [](auto& p) { p.stride[1] = kHuge; }},
      {"axis w reaches index 2^60", [](auto& p) { p.dilation[2] = kHuge; }},
      {"axis w reaches index 2^60", [](auto& p) { p.pad_begin[2] = kLeast; }},
      {"axis w reaches index 2^60", [](auto& p) { p.pad_begin[2] = kMost; }},
      {"axis h reaches index 2^60", [](auto& p) { p.x_extent[1] = kMost; }},
      {"axis h reaches index 2^60",
       [](auto& p) {
         p.y_extent[1] = p.stride[1] = p.w_extent[1] = p.dilation[1] = kMost;
         p.pad_begin[1] = kLeast;
       }},
      {"axis h has 2^60 pairs of output and tap or more",
       [](auto& p) { p.y_extent[1] = p.w_extent[1] = std::int64_t{1} << 30; }},
      {"x_extent.h is 0, and padding mode reflect has nothing to copy from",
       [](auto& p) {
         p.padding_mode = PaddingMode::kReflect;
         p.x_extent[1] = 0;
       }},
      {"axis d is not used at rank 2", [](auto& p) { p.x_extent[0] = 2; }},
      {"axis d is not used at rank 2", [](auto& p) { p.pad_begin[0] = 1; }},
      {"axis d is not used at rank 2", [](auto& p) { p.stride[0] = 2; }},
      {"axis d is not used at rank 2", [](auto& p) { p.dilation[0] = 2; }},
      {"axis h is not used at rank 1", [](auto& p) { p.rank = 1; }},
      {"x [1152921504606846976, 4, 8, 9] has 2^60 elements", [](auto& p) { p.batch = kHuge * 2; }},
      {"x [0, 1152921504606846976, 8, 9] has 2^60 elements",
       [](auto& p) {
         p.batch = 0;
         p.in_channels = 2 * kHuge;
       }},
      {"w [6, 2, 2147483648, 2147483648] has 2^60 elements",
       [](auto& p) { p.w_extent[1] = p.w_extent[2] = std::int64_t{1} << 31; }},
      {"y [2, 6, 1073741824, 1073741824] has 2^60 elements",
       [](auto& p) { p.y_extent[1] = p.y_extent[2] = std::int64_t{1} << 30; }},
      {"x is f32 and w is s8", [](auto& p) { p.w_type = ElementType::kS8; }},
      {"xzp=3 needs an integer type, x is f32", [](auto& p) { p.x_zero_point = 3; }},
      {"wzp=3 needs an integer type, w is f32", [](auto& p) { p.w_zero_point = 3; }},
      {"xzp=256 is no value of x, which is u8",
       [](auto& p) {
         p.x_type = ElementType::kU8;
         p.w_type = ElementType::kS8;
         p.x_zero_point = 256;
       }},
      {"wzp=-129 is no value of w, which is s8",
       [](auto& p) {
         p.x_type = ElementType::kU8;
         p.w_type = ElementType::kS8;
         p.w_zero_point = -129;
       }},
      {"bias: wgrad has no bias operand",
       [](auto& p) {
         p.operation = Operation::kWgrad;
         p.has_bias = true;
       }},
  };
  for (const Rule& rule : rules) {
    ConvProblem p = typical();
    rule.break_it(p);
    const Status status = validate(p);
    ASSERT_FALSE(status) << rule.message;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidProblem);
    EXPECT_NE(status.error().message.find(rule.message), std::string::npos)
        << "wanted: " << rule.message << "\ngot: " << status.error().message;
  }
}

TEST(Problem, ShapesAndRoles) {
  ConvProblem p = typical();
  p.x_type = ElementType::kBf16;
  p.y_type = ElementType::kF32;
  EXPECT_EQ(p.shape(Role::kX), (Shape{2, 4, 8, 9}));
  EXPECT_EQ(p.shape(Role::kW), (Shape{6, 2, 3, 3}));
  EXPECT_EQ(p.shape(Role::kY), (Shape{2, 6, 8, 9}));
  EXPECT_EQ(p.shape(Role::kBias), (Shape{6}));
  EXPECT_EQ(p.written(), Role::kY);
  EXPECT_EQ(p.data_input(), Role::kX);
  EXPECT_EQ(p.type(Role::kBias), ElementType::kF32);
  p.operation = Operation::kDeconv;
  EXPECT_EQ(p.shape(Role::kBias), (Shape{4}));
  EXPECT_EQ(p.written(), Role::kX);
  EXPECT_EQ(p.data_input(), Role::kY);
  EXPECT_EQ(p.type(Role::kBias), ElementType::kBf16);
  p.operation = Operation::kWgrad;
  EXPECT_EQ(p.written(), Role::kW);
  EXPECT_EQ(p.data_input(), Role::kX);
  p.rank = 1;
  EXPECT_EQ(p.shape(Role::kX), (Shape{2, 4, 9}));
  EXPECT_EQ(to_string(p.shape(Role::kX)), "[2, 4, 9]");
  EXPECT_EQ(element_count({2, 4, 9}), 72);
  EXPECT_EQ(element_count({}), 1);
}

TEST(Problem, PadEndIsWhatTheLastWindowNeeds) {
  ConvProblem p = typical();
  EXPECT_EQ(p.pad_end(), (Axes{0, 1, 1}));
  p.stride = {1, 2, 3};
  p.dilation = {1, 2, 1};
  p.y_extent = {1, 4, 3};
  // h: windows at -1, 1, 3, 5 of span 5 end at 9 of 8; w: at -1, 2, 5 of span 3 end at 7 of 9.
  EXPECT_EQ(p.effective_kernel(), (Axes{1, 5, 3}));
  EXPECT_EQ(p.pad_end(), (Axes{0, 2, -1}));
}

// Every product of the definition, called with the flat index of y, of w and of x (-1: padding).
template <typename Visit>
void for_each_product(const ConvProblem& p, const Visit& visit) {
  const std::int64_t in_group = p.in_channels / p.groups;
  const std::int64_t out_group = p.out_channels / p.groups;
  const auto flat = [](const Axes& at, const Axes& extent) {
    return (at[0] * extent[1] + at[1]) * extent[2] + at[2];
  };
  const auto count = [](const Axes& e) { return e[0] * e[1] * e[2]; };
  const auto unflatten = [](std::int64_t i, const Axes& e) {
    return Axes{i / (e[1] * e[2]), i / e[2] % e[1], i % e[2]};
  };
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t m = 0; m < p.out_channels; ++m)
      for (std::int64_t c = 0; c < in_group; ++c)
        for (std::int64_t o = 0; o < count(p.y_extent); ++o)
          for (std::int64_t t = 0; t < count(p.w_extent); ++t) {
            const Axes out = unflatten(o, p.y_extent);
            const Axes tap = unflatten(t, p.w_extent);
            Axes in{};
            bool inside = true;
            for (std::size_t a = 0; a < 3; ++a) {
              in[a] = padded_index(out[a] * p.stride[a] + tap[a] * p.dilation[a] - p.pad_begin[a],
                                   p.x_extent[a], p.padding_mode);
              inside = inside && in[a] >= 0;
            }
            const std::int64_t channel = m / out_group * in_group + c;
            const std::int64_t x =
                inside ? (n * p.in_channels + channel) * count(p.x_extent) + flat(in, p.x_extent)
                       : -1;
            visit((n * p.out_channels + m) * count(p.y_extent) + o,
                  (m * in_group + c) * count(p.w_extent) + t, x);
          }
}

TEST(Problem, CountsProductsAsTheDefinitionDoes) {
  Random random(1);
  std::array<bool, 4> deconv_reaches_bound{};
  for (int i = 0; i < 1000; ++i) {
    ConvProblem p = random_problem(random, false);
    p.has_bias = false;
    std::map<std::int64_t, std::int64_t> terms;
    std::int64_t all = 0;
    std::int64_t valid = 0;
    for_each_product(p, [&](std::int64_t y, std::int64_t w, std::int64_t x) {
      ++all;
      const std::int64_t written = p.operation == Operation::kConv    ? y
                                   : p.operation == Operation::kWgrad ? w
                                                                      : x;
      if (p.operation != Operation::kDeconv || x >= 0) ++terms[written];
      if (x >= 0) {
        ++valid;
        ASSERT_LT(x, element_count(p.x_shape()));
      }
    });
    EXPECT_EQ(p.nominal_macs(), static_cast<double>(all));
    EXPECT_EQ(p.valid_macs(), static_cast<double>(valid));
    std::int64_t most = 0;
    for (const auto& [written, count] : terms) most = std::max(most, count);
    if (all == 0) continue;
    if (p.operation != Operation::kDeconv) {
      EXPECT_EQ(p.term_count(), most);
    } else {
      EXPECT_GE(p.term_count(), most) << to_string(p.padding_mode);
      const auto mode = static_cast<std::size_t>(p.padding_mode);
      deconv_reaches_bound[mode] = deconv_reaches_bound[mode] || p.term_count() == most;
    }
  }
  for (const bool reached : deconv_reaches_bound) EXPECT_TRUE(reached);
  ConvProblem p = typical();
  EXPECT_EQ(p.term_count(), 2 * 9);
  p.has_bias = true;
  EXPECT_EQ(p.term_count(), 2 * 9 + 1);
  p.operation = Operation::kDeconv;
  EXPECT_EQ(p.term_count(), 3 * 9 + 1);
}

TEST(ValidTapPairs, EqualsEnumeration) {
  ConvProblem p;
  p.rank = 1;
  for (p.x_extent[2] = 0; p.x_extent[2] <= 5; ++p.x_extent[2])
    for (p.w_extent[2] = 1; p.w_extent[2] <= 4; ++p.w_extent[2])
      for (p.y_extent[2] = 0; p.y_extent[2] <= 5; ++p.y_extent[2])
        for (p.stride[2] = 1; p.stride[2] <= 3; ++p.stride[2])
          for (p.dilation[2] = 1; p.dilation[2] <= 3; ++p.dilation[2])
            for (p.pad_begin[2] = -4; p.pad_begin[2] <= 5; ++p.pad_begin[2]) {
              std::int64_t pairs = 0;
              for (std::int64_t o = 0; o < p.y_extent[2]; ++o)
                for (std::int64_t t = 0; t < p.w_extent[2]; ++t) {
                  const std::int64_t i = o * p.stride[2] + t * p.dilation[2] - p.pad_begin[2];
                  pairs += i >= 0 && i < p.x_extent[2] ? 1 : 0;
                }
              ASSERT_EQ(valid_tap_pairs(p, 2), pairs);
            }
}

TEST(ValidTapPairs, CountsEveryPairOfOtherModes) {
  ConvProblem p = typical();
  p.padding_mode = PaddingMode::kCircular;
  EXPECT_EQ(valid_tap_pairs(p, 1), 8 * 3);
}

TEST(ValidTapPairs, HugeExtentsAreQuickAndDoNotOverflow) {
  ConvProblem p;
  p.rank = 1;
  p.x_extent[2] = std::int64_t{1} << 57;
  p.w_extent[2] = std::int64_t{1} << 57;
  p.y_extent[2] = 4;
  ASSERT_TRUE(validate(p));
  EXPECT_EQ(valid_tap_pairs(p, 2), 4 * (std::int64_t{1} << 57) - 6);
}

TEST(PaddedIndex, FoldsAsOftenAsNeeded) {
  // Indices -7 .. extent + 6, from numpy.pad(arange(extent), 7, "reflect" | "edge" | "wrap").
  struct Row {
    PaddingMode mode;
    std::int64_t extent;
    std::vector<std::int64_t> indices;
  };
  const Row rows[] = {
      {PaddingMode::kReflect, 1, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {PaddingMode::kReflect, 2, {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0}},
      {PaddingMode::kReflect, 3, {1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1}},
      {PaddingMode::kReflect, 4, {1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2}},
      {PaddingMode::kReplicate, 1, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {PaddingMode::kReplicate, 3, {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2}},
      {PaddingMode::kCircular, 1, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {PaddingMode::kCircular, 3, {2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0}},
      {PaddingMode::kCircular, 4, {1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2}},
      {PaddingMode::kZeros, 2, {-1, -1, -1, -1, -1, -1, -1, 0, 1, -1, -1, -1, -1, -1, -1, -1}},
      {PaddingMode::kZeros, 0, {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}},
  };
  for (const Row& row : rows) {
    ASSERT_EQ(row.indices.size(), static_cast<std::size_t>(row.extent + 14));
    for (std::size_t i = 0; i < row.indices.size(); ++i)
      EXPECT_EQ(padded_index(static_cast<std::int64_t>(i) - 7, row.extent, row.mode),
                row.indices[i])
          << to_string(row.mode) << " extent " << row.extent << " index " << i;
  }
}

}  // namespace
}  // namespace convcheck
