// SPDX-License-Identifier: Apache-2.0
// The exact answer to a window is the window of the exact answer, for every kind of problem.
#include "benchmarks/window.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "reference/oracle.hpp"

namespace convcheck::benchmarks {
namespace {

class WindowTest : public testing::TestWithParam<const char*> {};

TEST_P(WindowTest, AnswersAsTheWholeProblemDoes) {
  const auto parsed = parse_problem(GetParam());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  const ConvProblem& problem = *parsed;
  ASSERT_TRUE(has_windows(problem));
  const std::vector<Tensor> operands =
      fill_operands(Chain(problem), FillKind::kUniform, /*seed=*/3);
  const auto whole = reference::solve(problem, operands);
  ASSERT_TRUE(whole.has_value()) << whole.error().message;

  Random random(7);
  for (const std::int64_t outputs : {1, 5, 40}) {
    for (const Box& box : draw_boxes(problem, /*count=*/12, outputs, random)) {
      SCOPED_TRACE("begin " + convcheck::to_string(box.begin) + " extent " +
                   convcheck::to_string(box.extent));
      EXPECT_LE(element_count(box.extent), outputs);
      const Window window = make_window(problem, operands, box);
      const auto part = reference::solve(window.problem, window.operands);
      ASSERT_TRUE(part.has_value()) << part.error().message;
      EXPECT_TRUE(part->value == slice(whole->value, box));
      if (problem.operation == Operation::kConv) {
        EXPECT_EQ(part->terms, whole->terms);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, WindowTest,
    testing::Values(
        "mb2ic4ih9iw7oc6kh3kw2sh2sw1ph1pw1", "g2mb1ic4ih9iw7oc6kh3kw3sh1sw2ph2pw0dh1dw0",
        "true:bias:g2mb2ic4ih8iw8oc4kh3kw3ph1pw1", "reflect:mb1ic2ih6iw6oc2kh3kw3ph2pw2",
        "replicate:true:mb1ic2ih6iw6oc2kh3kw3ph2pw3", "circular:mb1ic2ih6iw6oc2kh3kw3ph4pw2",
        "mb1ic2ih6iw6oc2kh3kw3ph-1pw1", "mb2ic3iw30oc2kw4sw3pw5",
        "mb1ic2id4ih5iw6oc2kd2kh3kw2sd1sh2sw1pd1ph1pw0",
        "mb1ic1ih8iw8oc1oh20ow20kh2kw2sh1sw1ph6pw6",  // Windows wholly in the padding.
        "deconv:mb2ic4ih5iw4oc6oh10ow9kh3kw2sh2sw2ph1pw0",
        "deconv:true:bias:g2mb1ic4ih5iw4oc6kh4kw3sh3sw1ph1pw1dh1dw0",
        "deconv:mb1ic2id3ih3iw4oc2kd2kh3kw2sd2sh2sw1pd1ph1pw0",
        "deconv:mb1ic1ih3iw3oc1oh14ow14kh2kw2sh5sw5ph0pw0",  // Outputs that no tap reaches.
        "wgrad:mb2ic4ih9iw7oc6kh3kw2sh2sw1ph1pw1", "wgrad:true:g2mb1ic4ih9iw7oc6kh3kw4sh1sw2ph2pw1",
        "wgrad:circular:mb1ic2ih6iw6oc2kh4kw3ph2pw2dh1dw0",
        "wgrad:true:reflect:mb1ic2iw20oc3kw6pw4dw1"));

TEST(Window, PaddingIsTheZeroPoint) {
  const auto problem = parse_problem("u8-s8-s32:xzp=5:mb1ic1iw4oc1kw3pw1");
  ASSERT_TRUE(problem.has_value()) << problem.error().message;
  Tensor x(ElementType::kU8, problem->x_shape());
  for (std::int64_t i = 0; i < x.count(); ++i) x.set_value(i, static_cast<double>(10 + i));
  const Tensor w(ElementType::kS8, problem->w_shape());
  const Window window = make_window(*problem, {x, w}, {{0, 0, 0}, {1, 1, 2}});
  ASSERT_EQ(window.operands[0].count(), 4);
  for (const auto& [i, value] : {std::pair{0, 5}, {1, 10}, {2, 11}, {3, 12}})
    EXPECT_EQ(window.operands[0].value(i), value);
}

TEST(Window, ADeconvolutionThatFoldsHasNone) {
  const auto problem = parse_problem("deconv:circular:mb1ic1ih6iw6oc1kh3kw3ph1pw1");
  ASSERT_TRUE(problem.has_value()) << problem.error().message;
  EXPECT_FALSE(has_windows(*problem));
}

TEST(Window, TheFirstTwoBoxesLieAtBothEnds) {
  const auto problem = parse_problem("g2mb3ic4ih9iw9oc6kh3kw3ph1pw1");
  ASSERT_TRUE(problem.has_value()) << problem.error().message;
  Random random(1);
  const auto boxes = draw_boxes(*problem, 2, 18, random);
  EXPECT_EQ(boxes[0].begin, (Shape{0, 0, 0, 0}));
  EXPECT_EQ(boxes[0].extent, (Shape{1, 1, 2, 9}));
  EXPECT_EQ(boxes[1].begin, (Shape{2, 3, 8, 3}));
  EXPECT_EQ(boxes[1].extent, (Shape{1, 3, 1, 6}));
}

}  // namespace
}  // namespace convcheck::benchmarks
