// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/receptive_field.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "reference/definition.hpp"

namespace convcheck::properties {
namespace {

ConvProblem problem_of(const AxisStep& step) {
  ConvProblem p;
  p.operation = step.operation;
  p.rank = 1;
  p.x_extent[2] = step.x_extent;
  p.y_extent[2] = step.y_extent;
  p.w_extent[2] = step.taps;
  p.stride[2] = step.stride;
  p.dilation[2] = step.dilation;
  p.pad_begin[2] = step.pad_begin;
  return p;
}

// What the definition writes for kernels of ones: the number of paths from `input` to each output.
std::vector<std::int64_t> response(const std::vector<AxisStep>& steps,
                                   std::vector<std::int64_t> input) {
  for (const AxisStep& step : steps) {
    const ConvProblem p = problem_of(step);
    reference::Values<std::int64_t> values;
    values.w.assign(static_cast<std::size_t>(step.taps), 1);
    (p.operation == Operation::kConv ? values.x : values.y) = std::move(input);
    input = reference::definition(p, values);
  }
  return input;
}

// Steps whose input is so wide that outputs near `middle` see no border.
std::vector<AxisStep> wide_steps(Random& random, bool deconv) {
  std::vector<AxisStep> steps(static_cast<std::size_t>(random.between(1, 3)));
  std::int64_t extent = 120;
  for (AxisStep& step : steps) {
    step.operation = deconv && random.below(2) == 0 ? Operation::kDeconv : Operation::kConv;
    step.taps = random.between(1, 3);
    step.stride = random.between(1, 2);
    step.dilation = random.between(1, 3);
    step.pad_begin = random.between(-1, 3);
    const std::int64_t written =
        step.operation == Operation::kDeconv ? extent * step.stride : extent / step.stride;
    step.x_extent = step.operation == Operation::kConv ? extent : written;
    step.y_extent = step.operation == Operation::kConv ? written : extent;
    extent = written;
  }
  return steps;
}

// The inputs that change output o, found by setting one after the other.
void expect_field(const std::vector<AxisStep>& steps, const ReceptiveField& field) {
  const std::int64_t in = steps.front().read_extent();
  const std::int64_t out = steps.back().written_extent();
  std::vector<std::vector<std::int64_t>> by_input;
  for (std::int64_t i = 0; i < in; ++i) {
    std::vector<std::int64_t> input(static_cast<std::size_t>(in), 0);
    input[static_cast<std::size_t>(i)] = 1;
    by_input.push_back(response(steps, std::move(input)));
  }
  for (std::int64_t o = out / 2; o < out / 2 + field.period; ++o) {
    std::int64_t first = -1;
    std::int64_t last = -2;
    for (std::int64_t i = 0; i < in; ++i) {
      if (by_input[static_cast<std::size_t>(i)][static_cast<std::size_t>(o)] == 0) continue;
      if (first < 0) first = i;
      last = i;
    }
    const auto phase = static_cast<std::size_t>(o % field.period);
    ASSERT_EQ(field.sizes[phase], last - first + 1) << "output " << o;
    if (first >= 0) {
      ASSERT_EQ(field.begins[phase] + o / field.period * field.shift, first) << "output " << o;
    }
  }
}

TEST(ReceptiveField, IsWhatChangesTheOutput) {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const auto steps = wide_steps(random, i % 2 == 1);
    const auto field = receptive_field(steps);
    ASSERT_TRUE(field) << field.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_field(steps, *field)) << "case " << i;
  }
}

TEST(ReceptiveField, OfResNetsFirstLayersIsThatOfTheLiterature) {
  // 7x7 stride 2, then (as a convolution) 3x3 stride 2: 11 with step 4 (Araujo et al. 2019).
  const auto field = receptive_field(
      {{Operation::kConv, 224, 112, 7, 2, 1, 3}, {Operation::kConv, 112, 56, 3, 2, 1, 1}});
  ASSERT_TRUE(field);
  EXPECT_EQ(field->size, 11);
  EXPECT_EQ(field->shift, 4);
  EXPECT_EQ(field->begins, (std::vector<std::int64_t>{-5}));
  EXPECT_EQ(field->centre(0), 0);
}

TEST(ReceptiveField, PhasesOfADeconvolutionDiffer) {
  const auto field = receptive_field({{Operation::kDeconv, 8, 4, 3, 2, 1, 1}});
  ASSERT_TRUE(field);
  EXPECT_EQ(field->period, 2);
  EXPECT_EQ(field->shift, 1);
  EXPECT_EQ(field->sizes, (std::vector<std::int64_t>{1, 2}));
  // A phase that nothing reaches.
  const auto sparse = receptive_field({{Operation::kDeconv, 8, 4, 1, 2, 1, 0}});
  EXPECT_EQ(sparse->sizes, (std::vector<std::int64_t>{1, 0}));
}

// Paths of one tap a step that end at the first tensor; with `limits` all of them on positions that
// exist.
std::int64_t walks(const std::vector<AxisStep>& steps, std::size_t left, std::int64_t position,
                   bool limits) {
  const std::int64_t extent = left == 0 ? steps[0].read_extent() : steps[left - 1].written_extent();
  if (limits && (position < 0 || position >= extent)) return 0;
  if (left == 0) return 1;
  const AxisStep& step = steps[left - 1];
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < step.taps; ++t) {
    const std::int64_t offset = t * step.dilation - step.pad_begin;
    if (step.operation == Operation::kConv) {
      count += walks(steps, left - 1, position * step.stride + offset, limits);
      continue;
    }
    for (std::int64_t o = -100; o < 100; ++o) {
      if (o * step.stride + offset == position) count += walks(steps, left - 1, o, limits);
    }
  }
  return count;
}

TEST(Interior, IsWhereNoPathIsLost) {
  Random random(2);
  std::int64_t seen = 0;
  for (int i = 0; i < 200; ++i) {
    auto steps = wide_steps(random, i % 2 == 1);
    std::int64_t extent = random.between(1, 12);
    for (AxisStep& step : steps) {
      const std::int64_t written = random.between(1, 12);
      step.x_extent = step.operation == Operation::kConv ? extent : written;
      step.y_extent = step.operation == Operation::kConv ? written : extent;
      extent = written;
    }
    const auto inside = interior(steps);
    ASSERT_TRUE(inside);
    std::vector<std::int64_t> expected;
    for (std::int64_t o = 0; o < steps.back().written_extent(); ++o) {
      if (walks(steps, steps.size(), o, true) == walks(steps, steps.size(), o, false))
        expected.push_back(o);
    }
    ASSERT_EQ(inside->count, static_cast<std::int64_t>(expected.size())) << "case " << i;
    if (expected.empty()) continue;
    ++seen;
    EXPECT_EQ(inside->first, expected.front());
    EXPECT_EQ(inside->last, expected.back());
  }
  EXPECT_GT(seen, 50);
}

TEST(ReceptiveField, FarPositionsAreRefused) {
  const std::int64_t far = std::int64_t{1} << 50;
  EXPECT_FALSE(receptive_field({{Operation::kConv, 1, 1, 2, far, 1, 0},  //
                                {Operation::kConv, 1, 1, 2, far, 1, 0}}));
  const auto wide = receptive_field({{Operation::kConv, 1, 1, far, 1, 1, 0}});
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->size, far);
}

}  // namespace
}  // namespace convcheck::properties
