// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/tap_paths.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/random.hpp"
#include "core/test_problems.hpp"

namespace convcheck::properties {
namespace {

// Every way of choosing one tap a step, by recursion; `limits` asks that all positions exist.
void walk(const std::vector<AxisStep>& steps, std::size_t left, std::int64_t position, bool limits,
          std::map<std::int64_t, std::int64_t>& reached) {
  if (left == 0) {
    ++reached[position];
    return;
  }
  const AxisStep& step = steps[left - 1];
  // All pairs that the definition relates, one after the other.
  const std::int64_t far = 200;
  for (std::int64_t t = 0; t < step.taps; ++t) {
    if (step.operation == Operation::kDeconv) {
      for (std::int64_t o = -far; o <= far; ++o) {
        if (limits && (o < 0 || o >= step.y_extent)) continue;
        if (o * step.stride + t * step.dilation - step.pad_begin == position)
          walk(steps, left - 1, o, limits, reached);
      }
    } else {
      const std::int64_t i = position * step.stride + t * step.dilation - step.pad_begin;
      if (!limits || (i >= 0 && i < step.x_extent)) walk(steps, left - 1, i, limits, reached);
    }
  }
}

std::map<std::int64_t, std::int64_t> walked(const std::vector<AxisStep>& steps,
                                            std::int64_t position, bool limits) {
  std::map<std::int64_t, std::int64_t> reached;
  walk(steps, steps.size(), position, limits, reached);
  return reached;
}

// Steps that fit together, of small numbers.
std::vector<AxisStep> random_steps(Random& random) {
  std::vector<AxisStep> steps(static_cast<std::size_t>(random.between(1, 3)));
  std::int64_t extent = random.between(0, 7);
  for (AxisStep& step : steps) {
    step.operation = random.below(2) == 0 ? Operation::kConv : Operation::kDeconv;
    step.taps = random.between(1, 4);
    step.stride = random.between(1, 4);
    step.dilation = random.between(1, 3);
    step.pad_begin = random.between(-2, 3);
    const std::int64_t written = random.between(0, 9);
    step.x_extent = step.operation == Operation::kConv ? extent : written;
    step.y_extent = step.operation == Operation::kConv ? written : extent;
    extent = written;
  }
  return steps;
}

void expect_as_walked(const std::vector<AxisStep>& steps) {
  const auto found = tap_paths(steps);
  ASSERT_TRUE(found) << found.error().message;
  // Two periods, so that the repetition is seen, too.
  for (std::int64_t o = 0; o < 2 * found->period; ++o) {
    const auto& phase = found->phases[static_cast<std::size_t>(o % found->period)];
    std::map<std::int64_t, std::int64_t> moved;
    for (const Reached& at : phase)
      moved[at.position + o / found->period * found->shift] = at.paths;
    ASSERT_EQ(moved, walked(steps, o, false)) << "position " << o;
  }
  const auto counts = path_counts(steps);
  ASSERT_TRUE(counts) << counts.error().message;
  ASSERT_EQ(static_cast<std::int64_t>(counts->size()), steps.back().written_extent());
  for (std::size_t o = 0; o < counts->size(); ++o) {
    std::int64_t total = 0;
    for (const auto& [position, paths] : walked(steps, static_cast<std::int64_t>(o), true))
      total += paths;
    ASSERT_EQ((*counts)[o], total) << "position " << o;
  }
}

TEST(TapPaths, AreThoseOfTheDefinitionForEverySmallStep) {
  for (const Operation operation : {Operation::kConv, Operation::kDeconv})
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 4; ++s)
        for (std::int64_t d = 1; d <= 4; ++d)
          for (std::int64_t p = -1; p <= 2; ++p)
            ASSERT_NO_FATAL_FAILURE(expect_as_walked({{operation, 7, 3, k, s, d, p}}))
                << to_string(operation) << " k" << k << " s" << s << " d" << d << " p" << p;
}

TEST(TapPaths, AreThoseOfTheDefinitionForChains) {
  Random random(1);
  for (int i = 0; i < 150; ++i) {
    const auto steps = random_steps(random);
    ASSERT_NO_FATAL_FAILURE(expect_as_walked(steps)) << "case " << i;
  }
}

TEST(TapPaths, TheAdjointReversesEveryPath) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const auto steps = random_steps(random);
    const auto back = adjoint(steps);
    ASSERT_EQ(adjoint(back), steps);
    for (std::int64_t out = 0; out < steps.back().written_extent(); ++out) {
      for (const auto& [in, paths] : walked(steps, out, true))
        ASSERT_EQ(walked(back, in, true).at(out), paths);
    }
  }
}

TEST(TapPaths, WhatIsTooLargeIsSaid) {
  const AxisStep long_kernel{Operation::kConv, 1, 1, std::int64_t{1} << 40, 1, 1, 0};
  EXPECT_NE(tap_paths({long_kernel}).error().message.find("2^22 pairs"), std::string::npos);
  EXPECT_NE(tap_paths({long_kernel, long_kernel}).error().message.find("2^62 paths"),
            std::string::npos);
  EXPECT_NE(path_counts({long_kernel}).error().message.find("2^22 pairs"), std::string::npos);
  const AxisStep long_output{Operation::kConv, 1, std::int64_t{1} << 40, 1, 1, 1, 0};
  EXPECT_FALSE(path_counts({long_output}));
  const AxisStep long_stride{Operation::kConv, 1, 1, 1, std::int64_t{1} << 50, 1, 0};
  EXPECT_NE(tap_paths({long_stride, long_stride}).error().message.find("position 2^62"),
            std::string::npos);
  const AxisStep sparse{Operation::kDeconv, 1, 1, 1, std::int64_t{1} << 50, 1, 0};
  EXPECT_NE(tap_paths({sparse}).error().message.find("repeats"), std::string::npos);
}

}  // namespace
}  // namespace convcheck::properties
