// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/output_size.hpp"

#include <gtest/gtest.h>

#include <optional>

#include <algorithm>

#include "core/problem_text.hpp"

namespace convcheck::properties {
namespace {

ConvProblem on_one_axis(Operation operation, std::int64_t i, std::int64_t o, std::int64_t k,
                        std::int64_t s, std::int64_t d, std::int64_t p) {
  ConvProblem problem;
  problem.operation = operation;
  problem.rank = 1;
  problem.x_extent[2] = i;
  problem.y_extent[2] = o;
  problem.w_extent[2] = k;
  problem.stride[2] = s;
  problem.dilation[2] = d;
  problem.pad_begin[2] = p;
  return problem;
}

// Window positions that end inside the padded extent.
std::int64_t windows(std::int64_t padded, std::int64_t span, std::int64_t s) {
  std::int64_t count = 0;
  for (std::int64_t begin = 0; begin + span <= padded; begin += s) ++count;
  return count;
}

bool holds(const AxisSize& size, SizeMode mode) {
  return std::find(size.modes.begin(), size.modes.end(), mode) != size.modes.end();
}

std::string only_formula(const char* text) {
  const auto problem = parse_problem(text);
  EXPECT_TRUE(problem) << problem.error().message;
  return output_sizes(*problem).back().formula;
}

// The last number that a formula comes to.
std::int64_t result(const std::string& formula) {
  const std::string first = formula.substr(0, formula.find(';'));
  return std::stoll(first.substr(first.rfind(first.ends_with("so 0") ? ' ' : '=') + 1));
}

TEST(OutputSize, IsWhatEnumerationOfWindowsCounts) {
  for (std::int64_t i = 0; i <= 6; ++i)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 4; ++s)
        for (std::int64_t d = 1; d <= 3; ++d)
          for (std::int64_t p = -1; p <= 3; ++p) {
            const std::int64_t span = (k - 1) * d + 1;
            const std::int64_t o = windows(i + 2 * p, span, s);
            const ConvProblem conv = on_one_axis(Operation::kConv, i, o, k, s, d, p);
            ASSERT_TRUE(validate(conv));
            const AxisSize size = output_sizes(conv).at(0);
            EXPECT_EQ(size.written, o);
            EXPECT_EQ(result(size.formula), o) << size.formula;
            // Where the conv has windows, a deconv with the output padding leads back.
            ASSERT_TRUE(size.output_padding) << size.formula;
            if (o == 0) continue;
            EXPECT_EQ((o - 1) * s - 2 * p + span + *size.output_padding, i) << size.formula;
            EXPECT_LT(*size.output_padding, s);
            const AxisSize back =
                output_sizes(on_one_axis(Operation::kDeconv, i, o, k, s, d, p)).at(0);
            EXPECT_EQ(back.written, i);
            EXPECT_EQ(result(back.formula), i) << back.formula;
            EXPECT_EQ(back.output_padding, size.output_padding);
            const AxisSize weights =
                output_sizes(on_one_axis(Operation::kWgrad, i, o, k, s, d, p)).at(0);
            EXPECT_EQ(result(weights.formula), k) << weights.formula;
          }
}

TEST(OutputSize, EveryTripleOfExtentsHasItsPadding) {
  for (std::int64_t i = 0; i <= 5; ++i)
    for (std::int64_t o = 0; o <= 5; ++o)
      for (std::int64_t p = -2; p <= 2; ++p)
        for (const Operation operation : {Operation::kConv, Operation::kDeconv}) {
          const AxisSize size = output_sizes(on_one_axis(operation, i, o, 3, 2, 1, p)).at(0);
          EXPECT_EQ(result(size.formula), operation == Operation::kConv ? o : i) << size.formula;
        }
}

TEST(OutputSize, ModesAreThoseOfTheirDefinitions) {
  for (std::int64_t i = 1; i <= 6; ++i)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 3; ++s)
        for (std::int64_t p = 0; p <= 4; ++p)
          for (std::int64_t o = 0; o <= 8; ++o) {
            const AxisSize size =
                output_sizes(on_one_axis(Operation::kConv, i, o, k, s, 1, p)).at(0);
            const std::int64_t same = (i + s - 1) / s;
            const std::int64_t total = std::max<std::int64_t>(0, (same - 1) * s + k - i);
            EXPECT_EQ(holds(size, SizeMode::kValid), p == 0 && o == windows(i, k, s));
            EXPECT_EQ(holds(size, SizeMode::kFull), p == k - 1 && o == (i + k - 1 + s - 1) / s);
            EXPECT_EQ(holds(size, SizeMode::kSameUpper), o == same && p == total / 2);
            EXPECT_EQ(holds(size, SizeMode::kSameLower), o == same && p == (total + 1) / 2);
          }
}

// Frameworks take an output padding below the stride or the dilation, whichever is larger.
TEST(OutputSize, OutputPaddingOfADeconvIsBelowStrideOrDilation) {
  for (std::int64_t s = 1; s <= 4; ++s)
    for (std::int64_t d = 1; d <= 4; ++d)
      for (std::int64_t added = -1; added <= 5; ++added) {
        constexpr std::int64_t kSmall = 4, kTaps = 3, kPad = 1;
        const std::int64_t large = (kSmall - 1) * s - 2 * kPad + (kTaps - 1) * d + 1 + added;
        if (large < 1) continue;
        const ConvProblem p = on_one_axis(Operation::kDeconv, large, kSmall, kTaps, s, d, kPad);
        const bool taken = added >= 0 && (added < s || added < d);
        EXPECT_EQ(output_sizes(p).at(0).output_padding, taken ? std::optional(added) : std::nullopt)
            << s << " " << d << " " << added;
      }
}

TEST(OutputSize, FormulasReadAsInTextbooks) {
  EXPECT_EQ(only_formula("ic1iw8oc1kw3pw1"),
            "ow = floor((iw + 2*pw - kw) / sw) + 1 = floor((8 + 2*1 - 3) / 1) + 1 = 8");
  EXPECT_EQ(only_formula("ic1iw8ow4oc1kw3sw2pw0dw1"),
            "ow = floor((iw + pw + pw_end - kw') / sw) + 1 = floor((8 + 0 + 3 - 5) / 2) + 1 = 4; "
            "kw' = (kw - 1)*dilation + 1 = (3 - 1)*2 + 1 = 5");
  EXPECT_EQ(only_formula("ic1iw2ow0oc1kw5pw0"),
            "ow = floor((iw + 2*pw - kw) / sw) + 1 = floor((2 + 2*0 - 5) / 1) + 1 = -2, so 0");
  EXPECT_EQ(only_formula("deconv:ic1iw4oc1ow8kw4sw2pw1"),
            "ow = (iw - 1)*sw - 2*pw + kw = (4 - 1)*2 - 2*1 + 4 = 8");
  EXPECT_EQ(only_formula("deconv:ic1iw4oc1ow8kw3sw2pw1"),
            "ow = (iw - 1)*sw - 2*pw + kw + output padding = (4 - 1)*2 - 2*1 + 3 + 1 = 8");
  EXPECT_EQ(only_formula("deconv:ic1iw4oc1ow3kw3sw2pw1"),
            "ow = (iw - 1)*sw - pw - pw_end + kw = (4 - 1)*2 - 1 - 5 + 3 = 3");
  EXPECT_EQ(only_formula("wgrad:ic1iw8oc1ow4kw3sw2pw1"),
            "kw = (iw + pw + pw_end - (ow - 1)*sw - 1) / dilation + 1 = (8 + 1 + 0 - (4 - 1)*2 - "
            "1) / 1 + 1 = 3");
}

}  // namespace
}  // namespace convcheck::properties
