// SPDX-License-Identifier: Apache-2.0
// The examples and oneDNN through the C ABI, bitwise against the definition on exact integers.
#include "peers/adapters/adapters_test.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "peers/convcheck_peer.h"

namespace convcheck {
namespace {

TEST(Textbook, EqualsTheDefinitionBitwise) {
  const convcheck_peer& peer = load("textbook");
  std::vector<std::string> lines = problems();
  for (const char* words : {"reflect:", "replicate:true:", "circular:bias:"})
    lines.push_back(std::string(words) + "mb1_ic2oc3_ih4oh6kh3sh1dh0ph3_iw4ow5kw2sw1dw0pw0");
  lines.emplace_back("mb2_ic3oc5_ih7oh3kh3sh1dh0ph-1_iw6ow6kw3sw1dw0pw1");
  for (const std::string& line : lines) {
    SCOPED_TRACE(line);
    // Words come in one order; the parser takes true before the padding mode.
    const std::size_t swap = line.find("replicate:true:");
    const ConvProblem p =
        parse(swap == std::string::npos ? line : "true:replicate:" + line.substr(15));
    Data data(p, 4);
    const Answer answer = ask(peer, p, data);
    ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
    EXPECT_EQ(answer.result, data.at(p.written()));
    EXPECT_EQ(answer.claim.tree_height, p.term_count());
  }
}

TEST(Textbook, RefusesOtherTypes) {
  ConvProblem p = parse("mb1_ic1oc1_ih3oh3kh1sh1dh0ph0_iw3ow3kw1sw1dw0pw0");
  Data data(p, 1);
  p.y_type = ElementType::kF64;
  EXPECT_EQ(ask(load("textbook"), p, data).status, CONVCHECK_UNSUPPORTED);
}

TEST(TenLines, EqualsTheDefinitionBitwise) {
  for (const char* line : {"mb2_ic3oc5_ih7oh7kh3sh1dh0ph1_iw6ow6kw3sw1dw0pw1",
                           "mb1_ic2oc3_ih8oh4kh1sh2dh0ph0_iw9ow5kw2sw2dw0pw1",
                           "mb1_ic4oc2_ih5oh5kh1sh1dh0ph0_iw5ow5kw1sw1dw0pw0"}) {
    SCOPED_TRACE(line);
    const ConvProblem p = parse(line);
    Data data(p, 4);
    const Answer answer = ask(load("ten_lines"), p, data);
    ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
    EXPECT_EQ(answer.result, data.at(Role::kY));
  }
}

TEST(TenLines, IsOnlyAskedWhatItHas) {
  int refused = 0;
  for (const std::string& line : problems()) {
    SCOPED_TRACE(line);
    const ConvProblem p = parse(line);
    Data data(p, 4);
    const Answer answer = ask(load("ten_lines"), p, data);
    if (answer.status == CONVCHECK_OK) {
      EXPECT_EQ(answer.result, data.at(Role::kY));
    } else {
      EXPECT_EQ(answer.why.substr(0, 3), "no ");
      ++refused;
    }
  }
  EXPECT_EQ(refused, 15);
}

#ifdef CONVCHECK_HAVE_ONEDNN

TEST(OneDnn, EqualsTheDefinitionBitwise) {
  const convcheck_peer& peer = load("onednn");
  int opaque = 0;
  for (const std::string& line : problems()) {
    const ConvProblem p = parse(line);
    Data data(p, 4);
    for (const int threads : {1, 2})
      for (const std::int32_t layout : {CONVCHECK_LAYOUT_PLAIN, CONVCHECK_LAYOUT_PREFERRED}) {
        SCOPED_TRACE(line + ", layout " + std::to_string(layout));
        const Answer answer = ask(peer, p, data, "", threads, layout);
        ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
        EXPECT_EQ(answer.result, data.at(p.written())) << answer.algorithm;
        EXPECT_EQ(answer.claim.algorithm, CONVCHECK_ALGORITHM_DIRECT);
        opaque += answer.any_opaque ? 1 : 0;
        EXPECT_FALSE(answer.any_opaque && layout == CONVCHECK_LAYOUT_PLAIN);
      }
  }
  EXPECT_GT(opaque, 0);
}

TEST(OneDnn, VeryWideRowsStayPlain) {
  const convcheck_peer& peer = load("onednn");
  for (const std::string line :
       {"mb1_ic1oc1_iw65536ow65536kw3sw1dw0pw1", "wgrad:mb1_ic1oc1_iw65536ow65536kw3sw1dw0pw1"}) {
    SCOPED_TRACE(line);
    const ConvProblem p = parse(line);
    Data data(p, 4);
    const Answer answer = ask(peer, p, data, "", 1, CONVCHECK_LAYOUT_PREFERRED);
    ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
    EXPECT_EQ(answer.result, data.at(p.written())) << answer.algorithm;
    EXPECT_FALSE(answer.any_opaque) << answer.algorithm;
  }
}

TEST(OneDnn, WinogradSaysWhatItIs) {
  const convcheck_peer& peer = load("onednn");
  // |x|, |w| <= 1 and 16 channels: the error bound of F(4x4, 3x3) stays below 1/2 (a factor of at
  // most 256 over the sum of 144 products, gamma of some 60 roundings: 0.14), so that rounding to
  // the nearest integer gives the exact result.
  for (const std::string line :
       {"mb3_ic16oc16_ih12oh12kh3sh1dh0ph1_iw12ow12kw3sw1dw0pw1",
        "mb1_ic16oc32_ih8oh8kh3sh1dh0ph1_iw8ow8kw3sw1dw0pw1",
        "true:bias:mb3_ic13oc7_ih12oh10kh3sh1dh0ph0_iw9ow7kw3sw1dw0pw0",
        "deconv:bias:mb3_ic16oc16_ih12oh12kh3sh1dh0ph1_iw12ow12kw3sw1dw0pw1"}) {
    SCOPED_TRACE(line);
    const ConvProblem p = parse(line);
    Data data(p, 1);
    for (const std::int32_t layout : {CONVCHECK_LAYOUT_PLAIN, CONVCHECK_LAYOUT_PREFERRED}) {
      Answer answer = ask(peer, p, data, "winograd", 2, layout);
      if (answer.status == CONVCHECK_UNSUPPORTED) {
        // A processor without AVX-512 has no Winograd at all.
        EXPECT_FALSE(__builtin_cpu_supports("avx512bw")) << answer.why;
        continue;
      }
      ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
      EXPECT_EQ(answer.claim.algorithm, CONVCHECK_ALGORITHM_WINOGRAD);
      EXPECT_NE(answer.algorithm.find("wino"), std::string::npos) << answer.algorithm;
      for (double& v : answer.result) v = std::nearbyint(v) + 0.0;
      EXPECT_EQ(answer.result, data.at(p.written())) << answer.algorithm;
    }
  }
}

struct RefusedProblem {
  const char* line;
  const char* variant;
  const char* reason;
};

TEST(OneDnn, SaysWhyItRefuses) {
  const convcheck_peer& peer = load("onednn");
  const RefusedProblem cases[] = {
      {"reflect:mb1_ic2oc2_ih4oh4kh3sh1dh0ph1_iw4ow4kw3sw1dw0pw1", "", "zeros only"},
      {"mb1_ic2oc2_ih4oh1kh3sh1dh0ph-1_iw4ow4kw3sw1dw0pw1", "", "begin of h is -1"},
      {"mb1_ic2oc2_ih9oh4kh3sh1dh0ph0_iw4ow4kw3sw1dw0pw1", "", "end of h is -3"},
      {"mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw0ow0kw1sw1dw0pw0", "", "without elements"},
      {"f64:mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw4ow2kw3sw1dw0pw0", "", "f32 only"},
      {"mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw4ow2kw3sw1dw0pw0", "fft", "unknown variant fft"},
      {"mb1_ic2oc2_ih5oh1kh5sh1dh0ph0_iw5ow1kw5sw1dw0pw0", "winograd", "no such implementation"},
      {"wgrad:mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw4ow2kw3sw1dw0pw0", "winograd", "conv and deconv"},
  };
  for (const RefusedProblem& c : cases) {
    SCOPED_TRACE(c.line);
    const convcheck_problem problem = to_abi(parse(c.line));
    const convcheck_options options{sizeof options, 1, CONVCHECK_LAYOUT_PLAIN, 0, c.variant};
    char why[256] = "";
    EXPECT_EQ(peer.supports(&problem, &options, why, sizeof why), CONVCHECK_UNSUPPORTED);
    EXPECT_NE(std::string(why).find(c.reason), std::string::npos) << why;
    convcheck_plan* plan = nullptr;
    EXPECT_EQ(peer.prepare(&problem, &options, &plan, why, sizeof why), CONVCHECK_UNSUPPORTED);
  }
}

#endif  // CONVCHECK_HAVE_ONEDNN

}  // namespace
}  // namespace convcheck
