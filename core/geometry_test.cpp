// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace convcheck {
namespace {

constexpr SizeMode kModes[] = {SizeMode::kValid, SizeMode::kFull, SizeMode::kSameUpper,
                               SizeMode::kSameLower};

TEST(Division, RoundsAsItsNameSays) {
  for (std::int64_t a = -30; a <= 30; ++a) {
    for (std::int64_t b = 1; b <= 7; ++b) {
      const double quotient = static_cast<double>(a) / static_cast<double>(b);
      EXPECT_EQ(floor_div(a, b), static_cast<std::int64_t>(std::floor(quotient)));
      EXPECT_EQ(ceil_div(a, b), static_cast<std::int64_t>(std::ceil(quotient)));
      EXPECT_EQ(floor_mod(a, b), a - b * floor_div(a, b));
      EXPECT_GE(floor_mod(a, b), 0);
      EXPECT_LT(floor_mod(a, b), b);
    }
  }
}

// Window positions 0, s, 2s, ... of `span` elements that end inside `extent`.
std::int64_t count_windows(std::int64_t extent, std::int64_t span, std::int64_t s) {
  std::int64_t count = 0;
  for (std::int64_t begin = 0; begin + span <= extent; begin += s) ++count;
  return count;
}

TEST(OutputExtent, CountsTheWindowsThatFit) {
  for (std::int64_t i = 0; i <= 7; ++i)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t d = 1; d <= 3; ++d)
        for (std::int64_t s = 1; s <= 4; ++s)
          for (std::int64_t begin = -3; begin <= 4; ++begin)
            for (std::int64_t end = -3; end <= 4; ++end) {
              const std::int64_t k_eff = (k - 1) * d + 1;
              ASSERT_EQ(output_extent(i, k_eff, s, begin, end),
                        count_windows(i + begin + end, k_eff, s))
                  << "i" << i << " k" << k << " d" << d << " s" << s << " p" << begin << "," << end;
            }
}

ConvProblem on_one_axis(std::int64_t i, std::int64_t k, std::int64_t s, std::int64_t d) {
  ConvProblem p;
  p.rank = 1;
  p.x_extent[2] = i;
  p.w_extent[2] = k;
  p.stride[2] = s;
  p.dilation[2] = d;
  return p;
}

TEST(SizeModes, HoldTheirDefinitions) {
  for (std::int64_t i = 0; i <= 9; ++i)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 4; ++s)
        for (std::int64_t d = 1; d <= 3; ++d)
          for (const SizeMode mode : kModes) {
            const Result<ConvProblem> sized = with_size_mode(on_one_axis(i, k, s, d), mode);
            ASSERT_TRUE(sized) << sized.error().message;
            const std::int64_t span = sized->effective_kernel()[2];
            const std::int64_t o = sized->y_extent[2];
            const std::int64_t begin = sized->pad_begin[2];
            switch (mode) {
              case SizeMode::kValid:
                EXPECT_EQ(begin, 0);
                EXPECT_EQ(o, count_windows(i, span, s));
                break;
              case SizeMode::kFull: {
                std::int64_t meeting = 0;
                for (std::int64_t at = 1 - span; at < i; at += s)
                  meeting += i > 0 && at + span > 0 ? 1 : 0;
                EXPECT_EQ(begin, span - 1);
                EXPECT_EQ(o, meeting);
                break;
              }
              case SizeMode::kSameUpper:
              case SizeMode::kSameLower: {
                EXPECT_EQ(o, (i + s - 1) / s);
                // TensorFlow pads by the least total that makes room for all windows.
                std::int64_t total = 0;
                while (count_windows(i + total, span, s) < o) ++total;
                if (i > 0) {
                  EXPECT_EQ(begin, mode == SizeMode::kSameUpper ? total / 2 : total - total / 2);
                }
                break;
              }
            }
          }
}

TEST(SizeModes, RefuseWhatCannotBeSized) {
  ConvProblem p = on_one_axis(5, 3, 0, 1);
  for (const SizeMode mode : kModes) {
    const Result<ConvProblem> sized = with_size_mode(p, mode);
    ASSERT_FALSE(sized);
    EXPECT_EQ(sized.error().message, "stride.w is 0; a stride is at least 1");
  }
}

TEST(Padding, GivesTheFloorFormulaAndKeepsBothPads) {
  ConvProblem p;
  p.x_extent = {1, 9, 10};
  p.w_extent = {1, 3, 2};
  p.stride = {1, 2, 3};
  const Result<ConvProblem> padded = with_padding(p, {0, 2, -1}, {0, 1, 1});
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->y_extent, (Axes{1, 5, 3}));
  EXPECT_EQ(padded->pad_begin, (Axes{0, 2, -1}));
  // The end that the output uses: what the floor cuts off is not padding.
  EXPECT_EQ(padded->pad_end(), (Axes{0, 0, -1}));
}

TEST(Padding, EmptyWhereTheKernelDoesNotFit) {
  const Result<ConvProblem> padded = with_padding(on_one_axis(1, 2, 2, 1), {}, {});
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->y_extent[2], 0);  // floor(-1/2) + 1; truncation would say 1.
}

TEST(Padding, RefusesValuesThatOverflow) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t value : {kMost, -kMost - 1, std::int64_t{1} << 60}) {
    EXPECT_FALSE(with_padding(on_one_axis(5, 3, 1, 1), {0, 0, value}, {}));
    EXPECT_FALSE(with_padding(on_one_axis(5, 3, 1, 1), {}, {0, 0, value}));
    EXPECT_FALSE(with_output_padding(on_one_axis(5, 3, 1, 1), {}, {0, 0, value}, {}));
  }
  ConvProblem p = on_one_axis(5, 3, 1, 1);
  p.y_extent[2] = kMost;
  EXPECT_FALSE(with_output_padding(p, {}, {}, {}));
  EXPECT_FALSE(with_padding(on_one_axis(5, 3, 1, 1), {0, 1, 0}, {}));
}

TEST(OnnxPads, AreBeginsThenEnds) {
  ConvProblem p;
  p.rank = 3;
  p.x_extent = {5, 6, 7};
  p.w_extent = {3, 3, 3};
  const std::int64_t pads[] = {1, 2, 0, 0, 1, 3};
  const Result<ConvProblem> padded = with_onnx_pads(p, pads);
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->pad_begin, (Axes{1, 2, 0}));
  EXPECT_EQ(padded->pad_end(), (Axes{0, 1, 3}));
  EXPECT_EQ(padded->y_extent, (Axes{4, 7, 8}));
}

TEST(OnnxPads, RefuseAnotherCount) {
  const std::int64_t pads[] = {1, 2, 0};
  const Result<ConvProblem> padded = with_onnx_pads(on_one_axis(5, 3, 1, 1), pads);
  ASSERT_FALSE(padded);
  EXPECT_EQ(padded.error().code, ErrorCode::kBadInput);
  EXPECT_NE(padded.error().message.find("pads has 3 values"), std::string::npos);
}

TEST(OutputPadding, LeadsBackToTheSmallSide) {
  for (std::int64_t y = 1; y <= 5; ++y)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 3; ++s)
        for (std::int64_t d = 1; d <= 3; ++d)
          for (std::int64_t begin = 0; begin <= 2; ++begin)
            for (std::int64_t end = 0; end <= 2; ++end)
              for (std::int64_t extra = 0; extra <= 3; ++extra) {
                ConvProblem p = on_one_axis(0, k, s, d);
                p.operation = Operation::kDeconv;
                p.y_extent[2] = y;
                const std::int64_t k_eff = (k - 1) * d + 1;
                const std::int64_t x = (y - 1) * s - begin - end + k_eff + extra;
                const Result<ConvProblem> deconv =
                    with_output_padding(p, {0, 0, begin}, {0, 0, end}, {0, 0, extra});
                if (extra >= std::max(s, d) || x < 0) {
                  EXPECT_FALSE(deconv);
                  continue;
                }
                ASSERT_TRUE(deconv) << deconv.error().message;
                EXPECT_EQ(deconv->x_extent[2], x);
                EXPECT_EQ(deconv->pad_end()[2], end - extra);
                // Below the stride, output padding is what the floor of the convolution forgets.
                if (extra < s) {
                  EXPECT_EQ(output_extent(x, k_eff, s, begin, end), y);
                }
              }
}

TEST(OutputPadding, NamesTheRule) {
  ConvProblem p = on_one_axis(0, 3, 2, 1);
  p.y_extent[2] = 4;
  const Result<ConvProblem> deconv = with_output_padding(p, {}, {}, {0, 0, 2});
  ASSERT_FALSE(deconv);
  EXPECT_EQ(deconv.error().message,
            "output_padding.w is 2; it is at least 0 and below max(stride, dilation) = 2");
}

}  // namespace
}  // namespace convcheck
