// SPDX-License-Identifier: Apache-2.0
#include "core/chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/problem_text.hpp"

namespace convcheck {
namespace {

std::string error_of(const char* text) {
  const Result<NamedChain> parsed = parse_chain(text);
  if (parsed) return "no error";
  return parsed.error().message;
}

Chain chain(const char* text) {
  const Result<NamedChain> parsed = parse_chain(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed->chain;
}

TEST(Chain, NamesEveryBrokenRule) {
  EXPECT_EQ(validate(Chain{}).error().message, "a chain has at least one step");
  EXPECT_EQ(error_of("shuffle:2 | ic4ih3oc4kh1"),
            "a chain starts and ends with a problem; a shuffle stands between two");
  EXPECT_EQ(error_of("ic4ih3oc4kh1 | shuffle:2"),
            "a chain starts and ends with a problem; a shuffle stands between two");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | shuffle:4 | ic6ih3oc4kh1"),
            "chain step 2: shuffle:4 does not divide the 6 channels it is given");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | shuffle:0 | ic6ih3oc4kh1"),
            "chain step 2: shuffle:0 does not divide the 6 channels it is given");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | ic5ih3oc4kh1"),
            "chain step 2: channel count is 5, the step before writes 6");
  EXPECT_EQ(error_of("mb3ic4ih3oc6kh1 | ic6ih3oc4kh1"),
            "chain step 2: batch is 2, the step before writes 3");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | ic6iw3oc4kw1"),
            "chain step 2: rank is 1, the step before writes 2");
  EXPECT_EQ(error_of("ic4ih5oc6kh3 | shuffle:3 | ic6ih5oc4kh1"),
            "chain step 3: extent is [5, 5], the step before writes [3, 3]");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | f64:ic6ih3oc4kh1"),
            "chain step 2: element type is f64, the step before writes f32");
  EXPECT_EQ(error_of("ic4ih3oc6kh1 | wgrad:ic6ih3oc4kh1"),
            "chain step 2: wgrad writes weights, which no other step reads");
  std::string nine = "ic1ih3oc1kh1";
  for (int i = 1; i < 9; ++i) nine += " | ic1ih3oc1kh1";
  EXPECT_EQ(error_of(nine.c_str()), "the chain has 9 problems; at most 8 are allowed");
  const Chain step_invalid({ConvProblem{}, [] {
                              ConvProblem p;
                              p.groups = 0;
                              return p;
                            }()});
  EXPECT_EQ(validate(step_invalid).error().message, "chain step 2: groups is 0; it is at least 1");
}

std::string names(const Chain& c) {
  std::string text;
  for (const OperandSpec& spec : operand_specs(c))
    text += fmt::format("{}{}:{}{}{} ", spec.name, spec.written ? "!" : "", to_string(spec.role),
                        spec.step, to_string(spec.shape));
  return text;
}

TEST(Chain, OperandsAreInTheirCanonicalOrder) {
  EXPECT_EQ(names(chain("bias:ic4iw5oc6kw3")),
            "x:x0[2, 4, 5] w:w0[6, 4, 3] bias:bias0[6] y!:y0[2, 6, 3] ");
  EXPECT_EQ(names(chain("deconv:bias:ic4iw5oc6kw3")),
            "x!:x0[2, 6, 7] w:w0[4, 6, 3] bias:bias0[6] y:y0[2, 4, 5] ");
  EXPECT_EQ(names(chain("wgrad:ic4iw5oc6kw3")), "x:x0[2, 4, 5] w!:w0[6, 4, 3] y:y0[2, 6, 3] ");
  EXPECT_EQ(names(chain("bias:ic4iw5oc6kw3 | shuffle:2 | deconv:ic6iw3oc1kw2")),
            "in:x0[2, 4, 5] w0:w0[6, 4, 3] bias0:bias0[6] w1:w2[6, 1, 2] out!:x2[2, 1, 4] ");
  EXPECT_EQ(names(chain("deconv:ic6iw3oc1kw2 | ic1iw4oc2kw1")),
            "in:y0[2, 6, 3] w0:w0[6, 1, 2] w1:w1[2, 1, 1] out!:y1[2, 2, 4] ");
}

TEST(Chain, ExactlyOneOperandIsWritten) {
  for (const char* text : {"ic4iw5oc6kw3", "deconv:ic4iw5oc6kw3", "wgrad:ic4iw5oc6kw3",
                           "ic4iw5oc6kw3 | ic6iw3oc1kw1"}) {
    const Chain c = chain(text);
    const std::vector<OperandSpec> specs = operand_specs(c);
    EXPECT_EQ(std::count_if(specs.begin(), specs.end(), [](const auto& s) { return s.written; }),
              1);
    EXPECT_TRUE(specs[written_index(c)].written);
  }
}

TEST(Chain, CountsAreSums) {
  const Chain c = chain("mb1ic4iw5oc6kw3pw1 | shuffle:2 | mb1ic6iw5oc1kw1");
  EXPECT_EQ(c.nominal_macs(), 4 * 6 * 15 + 6 * 5);
  EXPECT_EQ(c.valid_macs(), 4 * 6 * 13 + 6 * 5);
  EXPECT_EQ(c.problems().size(), 2u);
  EXPECT_FALSE(c.is_single());
  EXPECT_EQ(c.front().in_channels, 4);
  EXPECT_EQ(c.back().out_channels, 1);
}

}  // namespace
}  // namespace convcheck
