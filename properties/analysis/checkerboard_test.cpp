// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/checkerboard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "reference/definition.hpp"

namespace convcheck::properties {
namespace {

ConvProblem problem_of(const char* text) {
  const auto parsed = parse_problem(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

std::vector<AxisOverlap> overlaps(const ConvProblem& p) {
  std::vector<AxisOverlap> axes;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    auto steps = axis_steps(p, a);
    if (p.operation == Operation::kConv) steps = adjoint(steps);
    axes.push_back(*axis_overlap(steps));
  }
  return axes;
}

// The taps that meet position r mod s, one after the other.
std::vector<std::int64_t> counted(const AxisStep& step) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(step.stride), 0);
  for (std::int64_t r = 0; r < step.stride; ++r)
    for (std::int64_t t = 0; t < step.taps; ++t)
      for (std::int64_t o = -60; o <= 60; ++o) {
        if (o * step.stride + t * step.dilation - step.pad_begin == r)
          ++sums[static_cast<std::size_t>(r)];
      }
  return sums;
}

TEST(Overlap, TheRuleIsExactForEverySmallStep) {
  std::int64_t even = 0;
  for (std::int64_t k = 1; k <= 9; ++k)
    for (std::int64_t s = 1; s <= 6; ++s)
      for (std::int64_t d = 1; d <= 6; ++d)
        for (std::int64_t p = -1; p <= 3; ++p) {
          const AxisStep step{Operation::kDeconv, 99, 9, k, s, d, p};
          const auto overlap = axis_overlap({step});
          ASSERT_TRUE(overlap);
          ASSERT_EQ(overlap->period, s);
          ASSERT_EQ(overlap->phase_sums, counted(step)) << k << " " << s << " " << d << " " << p;
          ASSERT_EQ(overlaps_evenly(step), overlap->even()) << k << " " << s << " " << d;
          // A line of the spectrum other than the mean's is there exactly where it is uneven.
          const double loudest =
              overlap->spectrum.empty()
                  ? 0
                  : *std::max_element(overlap->spectrum.begin(), overlap->spectrum.end());
          ASSERT_EQ(loudest > 1e-9, !overlap->even());
          even += overlap->even() ? 1 : 0;
        }
  EXPECT_GT(even, 300);
}

TEST(Overlap, OfAConvolutionIsThatOfItsBackwardData) {
  const ConvProblem conv = problem_of("ic1ih9oc1kh3sh2ph1");
  ConvProblem deconv = conv;
  deconv.operation = Operation::kDeconv;
  EXPECT_EQ(overlaps(conv)[0].phase_sums, overlaps(deconv)[0].phase_sums);
  EXPECT_FALSE(overlaps(conv)[0].even());
}

TEST(Overlap, FourTapsAreEvenAndThreeAreNotAtStrideTwo) {
  const auto four = overlaps(problem_of("deconv:ic1ih4oc1oh8kh4sh2ph1"));
  EXPECT_EQ(four[0].phase_sums, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(overlap_index(four), 0);
  const auto three = overlaps(problem_of("deconv:ic1ih4oc1oh8kh3sh2ph1"));
  EXPECT_EQ(three[0].phase_sums, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(overlap_index(three), 3 / 2.25);  // (4 - 1) / (9/4)
  EXPECT_DOUBLE_EQ(three[0].spectrum.at(0), 1.0 / 3);
  // Four taps, two apart, all fall on one phase.
  const auto dilated = overlaps(problem_of("deconv:ic1iw4oc1kw4sw2pw0dw1"));
  EXPECT_EQ(dilated[0].phase_sums, (std::vector<std::int64_t>{4, 0}));
}

TEST(Overlap, ReasonsNameTheNumbers) {
  const auto reason = [](std::int64_t k, std::int64_t s, std::int64_t d) {
    return overlap_reason({Operation::kDeconv, 9, 9, k, s, d, 0});
  };
  EXPECT_EQ(reason(4, 2, 1), "4 taps are divisible by stride 2");
  EXPECT_EQ(reason(3, 2, 1), "3 taps are not divisible by stride 2");
  EXPECT_EQ(reason(1, 2, 1), "1 tap is not divisible by stride 2");
  EXPECT_EQ(reason(4, 2, 3),
            "4 taps are divisible by stride 2, and dilation 3 has no factor in common with it");
  EXPECT_EQ(reason(4, 4, 2),
            "dilation 2 and stride 4 share the factor 2: 2 of 4 phases meet no tap");
  EXPECT_EQ(reason(3, 1, 2), "stride 1: every position meets every tap");
}

TEST(Overlap, ASecondStepMayMendOrSpoilTheFirst) {
  const AxisStep uneven{Operation::kDeconv, 16, 8, 3, 2, 1, 1};
  // A box of two taps adds both phases up; one of three does not.
  EXPECT_TRUE(axis_overlap({uneven, {Operation::kConv, 16, 15, 2, 1, 1, 0}})->even());
  EXPECT_FALSE(axis_overlap({uneven, {Operation::kConv, 16, 16, 3, 1, 1, 1}})->even());
  const AxisStep even{Operation::kDeconv, 16, 8, 4, 2, 1, 1};
  EXPECT_FALSE(axis_overlap({even, {Operation::kDeconv, 32, 16, 3, 2, 1, 1}})->even());
  // Nearest-neighbour resize (two taps, stride two), then a convolution: Odena et al.'s remedy.
  const AxisStep resize{Operation::kDeconv, 16, 8, 2, 2, 1, 0};
  EXPECT_TRUE(axis_overlap({resize, {Operation::kConv, 16, 16, 3, 1, 1, 1}})->even());
}

TEST(Overlap, LongPeriodsAreRefused) {
  EXPECT_FALSE(axis_overlap({{Operation::kDeconv, 9, 9, 1, 5000, 1, 0}}));
}

// Integers as a kernel of the weights' shape.
ExactKernel random_weights(const ConvProblem& p, Random& random) {
  ExactKernel kernel;
  kernel.shape = p.w_shape();
  for (std::int64_t i = 0; i < element_count(kernel.shape); ++i)
    kernel.units.emplace_back(random.between(-4, 4));
  return kernel;
}

// Deconvolves a constant 1 by the definition, and finds on each phase one value: the sum.
void expect_response(ConvProblem p, const ExactKernel& kernel) {
  const auto found = phase_sums(p, kernel);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->channels, p.in_channels);
  p.operation = Operation::kDeconv;
  reference::Values<std::int64_t> values;
  values.y.assign(static_cast<std::size_t>(element_count(p.y_shape())), 1);
  for (const Integer& unit : kernel.units) values.w.push_back(static_cast<std::int64_t>(unit));
  const auto x = reference::definition(p, values);
  std::size_t at = 0;
  std::int64_t compared = 0;
  for (std::int64_t c = 0; c < p.in_channels; ++c)
    for (std::int64_t h = 0; h < p.x_extent[1]; ++h)
      for (std::int64_t w = 0; w < p.x_extent[2]; ++w, ++at) {
        // Far from the borders by the span of the kernel.
        const auto far = [&](std::int64_t i, std::size_t a) {
          const std::int64_t span = p.effective_kernel()[a];
          return i >= span && i + span < (p.y_extent[a] - 1) * p.stride[a];
        };
        if (!far(h, 1) || !far(w, 2)) continue;
        const std::int64_t phase = h % p.stride[1] * p.stride[2] + w % p.stride[2];
        ASSERT_EQ(static_cast<double>(x[at]),
                  found->sums[static_cast<std::size_t>(c * p.stride[1] * p.stride[2] + phase)])
            << to_string(p) << " at " << c << " " << h << " " << w;
        ++compared;
      }
  ASSERT_GT(compared, 0);
}

TEST(PhaseSums, AreTheResponseToAConstant) {
  Random random(3);
  for (int i = 0; i < 120; ++i) {
    ConvProblem p;
    p.operation = i % 2 == 0 ? Operation::kDeconv : Operation::kConv;
    p.groups = random.between(1, 2);
    p.in_channels = p.groups * random.between(1, 2);
    p.out_channels = p.groups * random.between(1, 2);
    p.orientation = static_cast<Orientation>(random.below(2));
    for (std::size_t a = 1; a < 3; ++a) {
      p.w_extent[a] = random.between(1, 4);
      p.stride[a] = random.between(1, 3);
      p.dilation[a] = random.between(1, 2);
      p.pad_begin[a] = random.between(-1, 2);
      p.y_extent[a] = 24;
      p.x_extent[a] = 24 * p.stride[a];
    }
    ASSERT_NO_FATAL_FAILURE(expect_response(p, random_weights(p, random)));
  }
}

TEST(PhaseSums, OfOnesAreTheOverlap) {
  for (std::int64_t k = 1; k <= 5; ++k)
    for (std::int64_t s = 1; s <= 4; ++s)
      for (std::int64_t p = 0; p <= 2; ++p) {
        ConvProblem problem;
        problem.operation = Operation::kDeconv;
        problem.rank = 1;
        problem.w_extent[2] = k;
        problem.stride[2] = s;
        problem.pad_begin[2] = p;
        ExactKernel ones;
        ones.shape = {k};
        ones.units.assign(static_cast<std::size_t>(k), 1);
        const auto sums = phase_sums(problem, ones);
        ASSERT_TRUE(sums);
        const auto overlap = overlaps(problem)[0];
        for (std::size_t r = 0; r < sums->sums.size(); ++r)
          EXPECT_EQ(sums->sums[r], static_cast<double>(overlap.phase_sums[r]));
        EXPECT_EQ(sums->even[0], overlap.even());
        EXPECT_DOUBLE_EQ(sums->index[0], overlap_index({overlap}));
      }
}

TEST(PhaseSums, AnEvenOverlapMayHaveAnArtefactAndAnUnevenOneNone) {
  // Bilinear interpolation by a 4x4 kernel, and a kernel of three taps with equal phases.
  const auto bilinear = parse_kernel("1,3,3,1; 3,9,9,3; 3,9,9,3; 1,3,3,1");
  EXPECT_TRUE(phase_sums(problem_of("deconv:ic1ih4oc1oh8kh4sh2ph1"), *bilinear)->even[0]);
  const auto mended = parse_kernel("1,2,1; 2,4,2; 1,2,1");
  const ConvProblem three = problem_of("deconv:ic1ih4oc1oh8kh3sh2ph1");
  EXPECT_TRUE(phase_sums(three, *mended)->even[0]);
  const auto ramp = parse_kernel("1,2,3,4; 1,2,3,4; 1,2,3,4; 1,2,3,4");
  const auto uneven = phase_sums(problem_of("deconv:ic1ih4oc1oh8kh4sh2ph1"), *ramp);
  EXPECT_FALSE(uneven->even[0]);
  EXPECT_DOUBLE_EQ(uneven->index[0], 4.0 / 10);  // Columns 1 + 3 and 2 + 4, twice.
  const auto edge = parse_kernel("-1,0,1; -2,0,2; -1,0,1");
  const auto zero = phase_sums(three, *edge);
  EXPECT_TRUE(zero->mean_is_zero[0]);
  EXPECT_TRUE(zero->even[0]);
}

TEST(PhaseSums, TheWorstChannelIsNamed) {
  const ConvProblem p = problem_of("deconv:g1mb1_ic1iw4_oc3ow8_kw2sw2pw0");
  ExactKernel kernel;
  kernel.shape = p.w_shape();  // [1, 3, 2]
  for (const int v : {1, 1, 1, 3, 2, 3}) kernel.units.emplace_back(v);
  const auto sums = phase_sums(p, kernel);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->worst, 1);
  EXPECT_EQ(sums->even, (std::vector<bool>{true, false, false}));
  EXPECT_EQ(sums->index[1], 1);
}

TEST(PhaseSums, OtherShapesAreRefused) {
  const auto kernel = parse_kernel("1,2,1");
  const auto refused = phase_sums(problem_of("deconv:ic1ih4oc1oh8kh3sh2ph1"), *kernel);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("[3]"), std::string::npos) << refused.error().message;
  ConvProblem wide = problem_of("ic1iw4oc1kw3pw1");
  wide.stride[2] = std::int64_t{1} << 40;
  EXPECT_FALSE(phase_sums(wide, *kernel));
}

}  // namespace
}  // namespace convcheck::properties
