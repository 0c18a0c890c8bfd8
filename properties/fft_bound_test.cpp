// SPDX-License-Identifier: Apache-2.0
#include "properties/fft_bound.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/fill.hpp"
#include "core/problem_text.hpp"

namespace convcheck::properties {
namespace {

Tensor tensor(const Shape& shape, const std::vector<double>& values) {
  Tensor t(ElementType::kF32, shape);
  for (std::size_t i = 0; i < values.size(); ++i)
    store_rounded(ElementType::kF32, t.data(), static_cast<std::int64_t>(i), values[i]);
  return t;
}

Claim claim(std::int64_t height) {
  Claim c;
  c.algorithm = AlgorithmClass::kFft;
  c.tree_height = height;
  return c;
}

Result<OutputBounds> bounds(const std::string& line, const std::vector<Tensor>& operands,
                            const Claim& c) {
  const ConvProblem p = *parse_problem(line);
  return output_bounds(c, "", p, operands, *reference::solve(p, operands));
}

TEST(FftBound, IsTheProductOfTheNormsOverTheSummedChannels) {
  // Channels: |(3, 4)| |(1)| and |(0, 5)| |(2)|, and a bias.
  const std::vector<Tensor> operands = {tensor({1, 2, 2}, {3, 4, 0, 5}), tensor({1, 2, 1}, {1, 2}),
                                        tensor({1}, {7})};
  const auto found = bounds("bias:mb1_ic2oc1_iw2ow2kw1sw1dw0pw0", operands, claim(10));
  ASSERT_TRUE(found) << found.error().message;
  const double expected = 10 * 0x1p-24 / (1 - 10 * 0x1p-24) * (5 + 10 + 7);
  ASSERT_EQ(found->absolute.size(), 2);
  EXPECT_NEAR(found->absolute[0], expected + half_ulp(10, ElementType::kF32), expected * 1e-6);
  EXPECT_EQ(found->unpromised, 0);
}

TEST(FftBound, CountsWhatPaddingRepeats) {
  const std::vector<Tensor> operands = {tensor({1, 1, 2}, {3, 4}), tensor({1, 1, 3}, {1, 0, 0})};
  const double plain = bounds("mb1_ic1oc1_iw2ow2kw3sw1dw0pw1", operands, claim(10))->absolute[1];
  const double wrapped =
      bounds("circular:mb1_ic1oc1_iw2ow2kw3sw1dw0pw1", operands, claim(10))->absolute[1];
  // Four elements of the padded axis from two: each twice.
  EXPECT_NEAR((wrapped - half_ulp(3, ElementType::kF32)) / (plain - half_ulp(3, ElementType::kF32)),
              std::sqrt(2.0), 0.1);
}

TEST(FftBound, PairsTheChannelsOfEveryOperation) {
  for (const std::string line :
       {"g2mb2_ic4oc6_iw5ow3kw3sw1dw0pw0", "deconv:g2mb2_ic4oc6_iw5ow7kw3sw1dw0pw0",
        "wgrad:g2mb2_ic4oc6_iw5ow3kw3sw1dw0pw0"}) {
    SCOPED_TRACE(line);
    const ConvProblem p = *parse_problem(line);
    std::vector<Tensor> operands = fill_operands(p, FillKind::kUniform, 1);
    // Group 1 of the data becomes zero: so does what is written of that group, bounds included.
    Tensor& data = operands[p.operation == Operation::kDeconv ? 1 : 0];
    for (std::int64_t i = 0; i < data.count(); ++i) {
      const std::int64_t channels = data.shape()[1], size = data.shape()[2];
      if (i / size % channels >= channels / 2) store_rounded(data.type(), data.data(), i, 0);
    }
    const auto found = output_bounds(claim(20), "", p, operands, *reference::solve(p, operands));
    ASSERT_TRUE(found) << found.error().message;
    const Shape shape = p.shape(p.written());
    for (std::size_t i = 0; i < found->absolute.size(); ++i) {
      const auto plane = static_cast<std::int64_t>(i) / shape[2];
      const std::int64_t group = p.operation == Operation::kWgrad
                                     ? plane / shape[1] / (shape[0] / 2)
                                     : plane % shape[1] / (shape[1] / 2);
      if (group == 1)
        EXPECT_LT(found->absolute[i], 1e-30) << i;
      else
        EXPECT_GT(found->absolute[i], 1e-9) << i;
    }
  }
}

TEST(FftBound, PromisesNothingWhereASpectrumOverflows) {
  const std::vector<Tensor> operands = {tensor({1, 1, 2}, {2e38, -2e38}), tensor({1, 1, 1}, {1})};
  const auto found = bounds("mb1_ic1oc1_iw2ow2kw1sw1dw0pw0", operands, claim(10));
  EXPECT_EQ(found->unpromised, 2);
}

TEST(FftBound, WantsAHeight) {
  const std::vector<Tensor> operands = {tensor({1, 1, 2}, {1, 2}), tensor({1, 1, 1}, {1})};
  EXPECT_FALSE(bounds("mb1_ic1oc1_iw2ow2kw1sw1dw0pw0", operands, claim(0)));
}

}  // namespace
}  // namespace convcheck::properties
