// SPDX-License-Identifier: Apache-2.0
#include "core/problem_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace convcheck {
namespace {

ConvProblem problem(std::string_view text) {
  const Result<ConvProblem> parsed = parse_problem(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
  return parsed ? *parsed : ConvProblem{};
}

std::string canonical(std::string_view text) { return to_string(problem(text)); }

std::string error_of(std::string_view text) {
  const Result<NamedChain> parsed = parse_chain(text);
  return parsed ? "no error: " + to_string(parsed->chain) : parsed.error().message;
}

// The error's sentence without the quoted text that it begins with.
void expect_error(std::string_view text, std::string_view sentence) {
  const std::string message = error_of(text);
  EXPECT_NE(message.find(sentence), std::string::npos)
      << "of " << text << "\nwanted: " << sentence << "\ngot: " << message;
}

TEST(Descriptor, DefaultsAreBenchdnns) {
  const ConvProblem p = problem("ic16ih8oc32kh3ph1");
  EXPECT_EQ(p.operation, Operation::kConv);
  EXPECT_EQ(p.batch, 2);
  EXPECT_EQ(p.groups, 1);
  EXPECT_EQ(p.rank, 2);
  EXPECT_EQ(p.stride, (Axes{1, 1, 1}));
  EXPECT_EQ(p.dilation, (Axes{1, 1, 1}));
  EXPECT_EQ(p.x_type, ElementType::kF32);
  EXPECT_FALSE(p.has_bias);
  EXPECT_EQ(to_string(p), "g1mb2_ic16ih8iw8_oc32oh8ow8_kh3kw3sh1sw1ph1pw1dh0dw0");
}

TEST(Descriptor, DilationZeroIsDense) {
  EXPECT_EQ(problem("ic1ih9oc1kh3").dilation, (Axes{1, 1, 1}));
  EXPECT_EQ(problem("ic1ih9oc1kh3dh0").dilation, (Axes{1, 1, 1}));
  EXPECT_EQ(problem("ic1ih9oc1kh3dh1").dilation, (Axes{1, 2, 2}));
  EXPECT_EQ(problem("ic1ih9oc1kh3dh1").y_extent, (Axes{1, 5, 5}));
}

TEST(Descriptor, MissingLowerAxesCopyTheHigherOne) {
  EXPECT_EQ(canonical("mb1ic1ih9oc1kh3sh2ph1"),
            "g1mb1_ic1ih9iw9_oc1oh5ow5_kh3kw3sh2sw2ph1pw1dh0dw0");
  EXPECT_EQ(canonical("mb1ic1id9oc1kd3sd2pd1dd1"),
            "g1mb1_ic1id9ih9iw9_oc1od4oh4ow4_kd3kh3kw3sd2sh2sw2pd1ph1pw1dd1dh1dw1");
  EXPECT_EQ(canonical("mb1ic1iw9oc1kw3"), "g1mb1_ic1iw9_oc1ow7_kw3sw1pw0dw0");
  // An axis that says nothing but defaults is not there.
  EXPECT_EQ(canonical("mb1ic1iw9oc1kw3sh1ph0dh0"), "g1mb1_ic1iw9_oc1ow7_kw3sw1pw0dw0");
  // Copies are of whole axes: half an axis lacks the rest.
  expect_error("ic1ih9iw9oc1kh3", "axis w lacks its kernel extent kw");
  expect_error("ic1ih9oc1kh3kw3", "axis w lacks its input extent iw");
  expect_error("ic1ih9oc1kh3sw2", "axis w lacks its input extent iw");
  expect_error("ic1id9ih9oc1kd3kh3", "has axis d and one of h and w");
  expect_error("ic1id9iw9oc1kd3kw3", "has axis d and one of h and w");
}

TEST(Descriptor, PaddingAndOutputAreDeducedFromEachOther) {
  EXPECT_EQ(problem("ic1ih9oc1kh3").pad_begin, (Axes{0, 0, 0}));
  EXPECT_EQ(problem("ic1ih9oc1kh3").y_extent, (Axes{1, 7, 7}));
  EXPECT_EQ(problem("ic1ih9oc1oh9kh3").pad_begin, (Axes{0, 1, 1}));
  EXPECT_EQ(problem("ic1ih9oc1oh5kh3sh2").pad_begin, (Axes{0, 1, 1}));
  EXPECT_EQ(problem("ic1ih8oc1oh8kh2").pad_begin, (Axes{0, 0, 0}));  // 1/2 rounds down.
  EXPECT_EQ(problem("ic1ih9oc1oh5kh3").pad_begin, (Axes{0, -1, -1}));
  // Both given: both kept.
  EXPECT_EQ(problem("ic1ih9oc1oh9kh3ph0").pad_begin, (Axes{0, 0, 0}));
  EXPECT_EQ(problem("ic1ih9oc1oh9kh3ph0").pad_end(), (Axes{0, 2, 2}));
}

TEST(Descriptor, RefusesWhatTwoDivisionsReadTwoWays) {
  expect_error("ic1ih1oc1kh2sh2",
               "oh deduced as -1/2 + 1 is 1 by benchdnn's truncating division and 0 by the floor "
               "formula; give it explicitly");
  expect_error("ic1ih9oc1oh6kh3",
               "ph deduced as -1/2 is 0 by benchdnn's truncating division and -1 by the floor "
               "formula; give it explicitly");
  expect_error("deconv:ic1ih3oc1oh6kh3", "ph deduced as -1/2 is 0");
  EXPECT_EQ(problem("ic1ih1oc1oh0kh2sh2ph0").y_extent, (Axes{1, 0, 0}));
  EXPECT_EQ(problem("ic1ih9oc1oh6kh3ph-1").y_extent, (Axes{1, 6, 6}));
}

TEST(Descriptor, EmptyOutputsAreExplicit) {
  expect_error("ic1ih2oc1kh4", "the kernel does not fit axis h (oh would be -1); write oh0");
  expect_error("ic1ih2oc1kh3", "the kernel does not fit axis h (oh would be 0); write oh0");
  const ConvProblem p = problem("ic1ih2iw5oc1oh0ow3kh3kw3ph0pw0");
  EXPECT_EQ(p.y_extent, (Axes{1, 0, 3}));
  EXPECT_EQ(problem(to_string(p)), p);
  EXPECT_EQ(problem("mb0ic1ih2oc1kh1").batch, 0);
  EXPECT_EQ(problem("ic1ih0iw0oc1oh0ow0kh1kw1ph0pw0").x_extent, (Axes{1, 0, 0}));
}

TEST(Descriptor, UnderscoresAreIgnored) {
  EXPECT_EQ(canonical("_mb1__ic3_ih8_oc4_kh3_"), canonical("mb1ic3ih8oc4kh3"));
}

TEST(Descriptor, OrderIsFree) {
  EXPECT_EQ(canonical("kh3oc4ph1ih8mb1ic6g2"), canonical("g2mb1ic6ih8oc4kh3ph1"));
}

TEST(Descriptor, DeconvReadsTheSmallSide) {
  const ConvProblem p = problem("deconv:g2mb1_ic4ih3oc6kh4sh2ph1");
  EXPECT_EQ(p.operation, Operation::kDeconv);
  EXPECT_EQ(p.out_channels, 4);
  EXPECT_EQ(p.in_channels, 6);
  EXPECT_EQ(p.y_extent, (Axes{1, 3, 3}));
  EXPECT_EQ(p.x_extent, (Axes{1, 6, 6}));  // (3-1)*2 + 4 - 2*1
  EXPECT_EQ(p.w_shape(), (Shape{4, 3, 4, 4}));
  EXPECT_EQ(to_string(p), "deconv:g2mb1_ic4ih3iw3_oc6oh6ow6_kh4kw4sh2sw2ph1pw1dh0dw0");
  EXPECT_EQ(problem("deconv:ic4ih3oc6oh6kh4sh2").pad_begin, (Axes{0, 1, 1}));
  // Output padding is a larger output at the same padding.
  EXPECT_EQ(problem("deconv:ic4ih3oc6oh7kh4sh2ph1").pad_end(), (Axes{0, 0, 0}));
}

TEST(Descriptor, WgradMeansWhatConvMeans) {
  ConvProblem p = problem("wgrad:ic4ih8oc6kh3ph1");
  EXPECT_EQ(p.operation, Operation::kWgrad);
  p.operation = Operation::kConv;
  EXPECT_EQ(p, problem("conv:ic4ih8oc6kh3ph1"));
  EXPECT_EQ(p, problem("ic4ih8oc6kh3ph1"));
}

TEST(Descriptor, RefusesWithTheFieldAndTheValue) {
  expect_error("", "has no descriptor");
  expect_error("ih8oc4kh3", "lacks ic");
  expect_error("ic3ih8kh3", "lacks oc");
  expect_error("ic3oc4", "has no spatial axis");
  expect_error("ic3ih8oc4", "axis h lacks its kernel extent kh");
  expect_error("ic3oc4kh3", "axis h lacks its input extent ih");
  expect_error("ic3ih8oc4kh0", "axis h lacks its kernel extent kh");
  expect_error("ic3ih8oc4kh3sh0", "sh is 0; a stride is at least 1");
  expect_error("ic3ih8oc4kh3zz1", "unknown key 'zz' at position 13");
  expect_error("ic3ih8oc4kh3 ph1", "unknown key ' ' at position 13");
  expect_error("ic3ih8oc4kh", "'kh' at position 10 has no number after it");
  expect_error("ic3ih8oc4kh+3", "'kh' at position 10 has no number after it");
  expect_error("ic3ih8oc4kh3.5", "unknown key '.' at position 13");
  expect_error("IC3ih8oc4kh3", "unknown key 'I' at position 1");
  expect_error("ic3ih8oc4kh3kh5", "'kh' is given twice");
  expect_error("ic-3ih8oc4kh3", "'ic' is -3; only a padding may be negative");
  expect_error("ic3ih8oc4kh3sh-1", "'sh' is -1; only a padding may be negative");
  expect_error("ic3ih99999999999999999999oc4kh3", "the value of 'ih' at position 4 is past 2^60");
  expect_error("ic3ih1152921504606846977oc4kh3", "the value of 'ih' at position 4 is past 2^60");
  expect_error("ic3ih8oc4kh1152921504606846976dh1152921504606846976", "axis h reaches past 2^60");
  expect_error("deconv:ic3ih1152921504606846976oc4kh3sh9", "axis h reaches past 2^60");
  expect_error("ic3ih9oc4oh1152921504606846976kh3sh9", "axis h reaches past 2^60");
  expect_error("ic3ih1152921504606846976oc4kh3", "axis h reaches index 2^60");
  expect_error("g0ic3ih8oc4kh3", "groups is 0; it is at least 1");
  expect_error("g2ic3ih8oc4kh3", "groups 2 does not divide in_channels 3");
  expect_error("g3ic3ih8oc4kh3", "groups 3 does not divide out_channels 4");
  expect_error("ic0ih8oc4kh3", "in_channels is 0; it is at least 1");
  expect_error("ic3ih8oc4kh3nname", "the label at position 13 is not quoted");
}

TEST(Prefixes, TypesAndWordsAreInAnyOrderAndPrintedInOne) {
  const char* const name =
      "deconv:u8-s8-s32:true:circular:bias:xzp=7:wzp=-3:g1mb1_ic2ih3iw3_oc2oh3ow3_kh1kw1sh1sw1ph0"
      "pw0dh0dw0";
  EXPECT_EQ(canonical(name), name);
  EXPECT_EQ(canonical("wzp=-3:bias:circular:xzp=7:true:u8-s8-s32:deconv:mb1ic2ih3oc2kh1"), name);
  EXPECT_EQ(canonical("f32:ic2ih3oc2kh1"), canonical("ic2ih3oc2kh1"));
  EXPECT_EQ(canonical("f32-f32-f32:conv:xzp=0:ic2ih3oc2kh1"), canonical("ic2ih3oc2kh1"));
  const ConvProblem p = problem("bf16-f16-f64:replicate:ic2ih3oc2kh1");
  EXPECT_EQ(p.x_type, ElementType::kBf16);
  EXPECT_EQ(p.w_type, ElementType::kF16);
  EXPECT_EQ(p.y_type, ElementType::kF64);
  EXPECT_EQ(p.padding_mode, PaddingMode::kReplicate);
  EXPECT_EQ(problem("s8:ic2ih3oc2kh1").y_type, ElementType::kS8);
}

TEST(Prefixes, RefuseWithTheWord) {
  expect_error("conv:wgrad:ic2ih3oc2kh1", "'wgrad': the operation is given twice");
  expect_error("conv:conv:ic2ih3oc2kh1", "'conv': the operation is given twice");
  expect_error("f64:f64:ic2ih3oc2kh1", "'f64': the list of element types is given twice");
  expect_error("reflect:circular:ic2ih3oc2kh1", "the padding mode is given twice");
  expect_error("true:true:ic2ih3oc2kh1", "the orientation is given twice");
  expect_error("bias:bias:ic2ih3oc2kh1", "bias is given twice");
  expect_error("u8:xzp=1:xzp=1:ic2ih3oc2kh1", "the zero point of x is given twice");
  expect_error("u8:wzp=1:wzp=1:ic2ih3oc2kh1", "the zero point of w is given twice");
  expect_error("zeros:ic2ih3oc2kh1", "'zeros:' is no prefix");
  expect_error("g2:mb1ic2ih3oc2kh1", "'g2:' is no prefix");
  expect_error(":ic2ih3oc2kh1", "':' is no prefix");
  expect_error("f32-f31-f32:ic2ih3oc2kh1", "'f31' is no element type; they are f32, f64");
  expect_error("f32-f32:ic2ih3oc2kh1", "names 2 types; give one, or those of x, w and y");
  expect_error("f32-f32-f32-f32:ic2ih3oc2kh1", "names 4 types");
  expect_error("u8:xzp=a:ic2ih3oc2kh1", "'a' is no 32-bit integer");
  expect_error("u8:xzp=:ic2ih3oc2kh1", "'' is no 32-bit integer");
  expect_error("u8:xzp=99999999999:ic2ih3oc2kh1", "'99999999999' is no 32-bit integer");
  expect_error("xzp=1:ic2ih3oc2kh1", "xzp=1 needs an integer type");
  expect_error("wgrad:bias:ic2ih3oc2kh1", "wgrad has no bias operand");
  expect_error("conv:", "has no descriptor");
}

TEST(Labels, TheFirstOneEndsTheProblem) {
  const Result<NamedChain> named =
      parse_chain("ic2ih3oc2kh1 | shuffle:2 | ic2ih3oc2kh1n\"net:1 | n\"2 # x\"  ");
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->chain.steps.size(), 3u);
  EXPECT_EQ(named->name, "net:1 | n\"2 # x");
  EXPECT_EQ(to_string(named->chain).find("net"), std::string::npos);
  EXPECT_EQ(parse_chain("ic2ih3oc2kh1n\"open")->name, "open");
  EXPECT_EQ(parse_chain("ic2ih3oc2kh1n\"\"")->name, "");
  EXPECT_EQ(parse_chain("ic2ih3oc2kh1 n\"spaced\"")->name, "spaced");
  EXPECT_EQ(parse_chain("ic2ih3oc2kh1")->name, "");
  expect_error("n\"only a label\"", "has no descriptor");
}

TEST(Chains, AreJoinedByBars) {
  const char* const name =
      "bias:g2mb1_ic4iw5_oc6ow3_kw3sw1pw0dw0 | shuffle:3 | deconv:g1mb1_ic6iw3_oc1ow7_kw3sw2pw0dw0";
  const Result<NamedChain> parsed = parse_chain(name);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(to_string(parsed->chain), name);
  expect_error("ic2ih3oc2kh1 | ", "unknown key ' ' at position 13");
  expect_error(" | ic2ih3oc2kh1", "unknown key '|' at position 1");
  expect_error("ic2ih3oc2kh1|ic2ih3oc2kh1", "unknown key '|'");
  expect_error("ic2ih3oc2kh1 | shuffle:x | ic2ih3oc2kh1", "'x' is no number of groups");
  expect_error("ic2ih3oc2kh1 | shuffle: | ic2ih3oc2kh1", "'' is no number of groups");
  expect_error("ic2ih3oc2kh1 | shuffle:1.5 | ic2ih3oc2kh1", "'1.5' is no number of groups");
  const Result<ConvProblem> single = parse_problem("ic2ih3oc2kh1 | ic2ih3oc2kh1");
  ASSERT_FALSE(single);
  EXPECT_NE(single.error().message.find("is a chain where one problem is asked for"),
            std::string::npos);
  EXPECT_FALSE(parse_problem("shuffle:2"));
}

TEST(Suite, ReadsFamiliesCommentsAndLabels) {
  const Result<std::vector<SuiteLine>> lines = parse_suite(
      "# a comment\n"
      "ic3ih8oc4kh3n\"before\"\n"
      "\n"
      "# family: dense  (with a remark)\r\n"
      "  ic3ih9oc4kh3n\"first\"  \r\n"
      "#family: not one\n"
      "# family: chains\n"
      "ic3ih8oc4kh3 | ic4ih6oc2kh1");
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ((*lines)[0].family, "");
  EXPECT_EQ((*lines)[0].problem.name, "before");
  EXPECT_EQ((*lines)[0].line, 2);
  EXPECT_EQ((*lines)[1].family, "dense");
  EXPECT_EQ((*lines)[1].problem.name, "first");
  EXPECT_EQ((*lines)[1].line, 5);
  EXPECT_EQ((*lines)[2].family, "chains");
  EXPECT_EQ((*lines)[2].line, 8);
  EXPECT_TRUE(parse_suite("")->empty());
}

TEST(Suite, ErrorsNameTheLine) {
  const Result<std::vector<SuiteLine>> bad = parse_suite("ic3ih8oc4kh3\n\nic3ih8oc4kh3sh0\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "line 3: 'ic3ih8oc4kh3sh0': sh is 0; a stride is at least 1");
  const Result<std::vector<SuiteLine>> option = parse_suite("--dir=BWD_W\n");
  ASSERT_FALSE(option);
  EXPECT_EQ(option.error().message,
            "line 1: '--dir=BWD_W' is a benchdnn option; a suite holds descriptors only");
}

}  // namespace
}  // namespace convcheck
