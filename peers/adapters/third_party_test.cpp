// SPDX-License-Identifier: Apache-2.0
// Adapters of third-party libraries, those that were built, bitwise against the definition on exact
// integers, in every layout, with one and two threads; and how much of the problems each supports.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "peers/adapters/adapters_test.hpp"
#include "peers/convcheck_peer.h"

namespace convcheck {
namespace {

// An engine as a test knows it.
struct Adapter {
  const char* peer;
  const char* variant;
  const char* types;       // of the problems: "" or "f64:" ...
  int supported;           // of problems() and those below
  std::int32_t algorithm;  // what it may claim
};

// Beyond problems(): what libraries refuse or get wrong.
std::vector<std::string> more_problems() {
  std::vector<std::string> lines = problems();
  for (const char* line : {
           "reflect:mb1_ic2oc3_ih4oh6kh3sh1dh0ph2_iw4ow5kw2sw1dw0pw1",
           "true:replicate:mb1_ic2oc3_ih4oh6kh3sh1dh0ph3_iw4ow5kw2sw1dw0pw0",
           "circular:bias:mb1_ic2oc3_ih4oh6kh3sh1dh0ph3_iw4ow5kw2sw1dw0pw0",
           "mb2_ic3oc5_ih7oh3kh3sh1dh0ph-1_iw6ow6kw3sw1dw0pw1",  // crops
           "mb1_ic1oc1_ih40oh40kh5sh1dh0ph2_iw300ow300kw5sw1dw0pw2",
           "mb1_ic1oc1_iw2000ow1985kw16sw1dw0pw0",
           "wgrad:mb3_ic2oc2_iw500ow493kw8sw1dw0pw0",
           "deconv:mb1_ic2oc2_iw300ow307kw8sw1dw0pw0",
           "mb1_ic2oc4_id5od3kd3sd1dd0pd0_ih5oh3kh3sh1dh0ph0_iw9ow4kw3sw2dw0pw0",
           "deconv:mb2_ic4oc2_ih5oh11kh3sh2dh0ph0_iw5ow12kw3sw2dw0pw0",
           "bias:g4mb1_ic8oc16_ih6oh3kh3sh2dh0ph1_iw6ow3kw3sw2dw0pw1",
           "bias:g16mb1_ic16oc32_ih6oh6kh3sh1dh0ph1_iw6ow6kw3sw1dw0pw1",
       })
    lines.emplace_back(line);
  return lines;
}

bool is_built(const std::string& peer) {
#if defined(__x86_64__)
  if (peer == "eigen_avx2" && !__builtin_cpu_supports("avx2")) return false;
  if (peer == "eigen_avx512" && !__builtin_cpu_supports("avx512vl")) return false;
#endif
  std::istringstream names(CONVCHECK_BUILT_ADAPTERS);
  for (std::string name; std::getline(names, name, ',');)
    if (name == peer) return true;
  return false;
}

class ThirdParty : public testing::TestWithParam<Adapter> {};

TEST_P(ThirdParty, EqualsTheDefinition) {
  const Adapter& adapter = GetParam();
  if (!is_built(adapter.peer)) GTEST_SKIP() << adapter.peer << " is not built";
  const convcheck_peer& peer = load(adapter.peer);
  EXPECT_STREQ(peer.name, adapter.peer);
  int supported = 0;
  for (const std::string& line : more_problems()) {
    std::string typed = line;
    const std::size_t operation =
        line.starts_with("deconv:") || line.starts_with("wgrad:") ? line.find(':') + 1 : 0;
    typed.insert(operation, adapter.types);
    const ConvProblem p = parse(typed);
    // Sums stay far below 2^24, and with one-bit data those of transforms within 1/2.
    const bool rounded = adapter.algorithm == CONVCHECK_ALGORITHM_FFT ||
                         adapter.algorithm == CONVCHECK_ALGORITHM_WINOGRAD;
    const Data data(p, rounded ? 1 : 4);
    bool refused = false;
    for (const int threads : {1, 2})
      for (const std::int32_t layout : {CONVCHECK_LAYOUT_PLAIN, CONVCHECK_LAYOUT_PREFERRED}) {
        SCOPED_TRACE(typed + ", layout " + std::to_string(layout) + ", threads " +
                     std::to_string(threads));
        Answer answer = ask(peer, p, data, adapter.variant, threads, layout);
        if (answer.status == CONVCHECK_UNSUPPORTED) {
          EXPECT_NE(answer.why, "");
          refused = true;
          continue;
        }
        EXPECT_FALSE(refused) << "supported in some layouts, refused in others";
        ASSERT_EQ(answer.status, CONVCHECK_OK) << answer.why;
        EXPECT_TRUE(answer.claim.algorithm == adapter.algorithm ||
                    answer.claim.algorithm == CONVCHECK_ALGORITHM_DIRECT)
            << answer.claim.algorithm;
        if (rounded)
          for (double& v : answer.result) v = std::nearbyint(v) + 0.0;
        EXPECT_EQ(answer.result, data.operands[static_cast<std::size_t>(p.written())])
            << answer.algorithm;
      }
    supported += refused ? 0 : 1;
  }
  EXPECT_EQ(supported, adapter.supported);
}

TEST_P(ThirdParty, RefusesWhatItDoesNotKnow) {
  const Adapter& adapter = GetParam();
  if (!is_built(adapter.peer)) GTEST_SKIP() << adapter.peer << " is not built";
  const convcheck_peer& peer = load(adapter.peer);
  const ConvProblem p = parse("mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw4ow2kw3sw1dw0pw0");
  EXPECT_EQ(ask(peer, p, Data(p, 1), "no such").status, CONVCHECK_UNSUPPORTED);
  const ConvProblem empty = parse("mb1_ic2oc2_ih4oh2kh3sh1dh0ph0_iw0ow0kw1sw1dw0pw0");
  EXPECT_EQ(ask(peer, empty, Data(empty, 1), adapter.variant).status, CONVCHECK_UNSUPPORTED);
}

constexpr std::int32_t kDirect = CONVCHECK_ALGORITHM_DIRECT;
constexpr std::int32_t kFft = CONVCHECK_ALGORITHM_FFT;

INSTANTIATE_TEST_SUITE_P(
    All, ThirdParty,
    testing::Values(
        Adapter{"eigen", "", "", 30, kDirect}, Adapter{"eigen", "", "f64:", 30, kDirect},
        Adapter{"eigen", "tensor", "", 16, kDirect},
        Adapter{"eigen", "tensor", "f64:", 16, kDirect}, Adapter{"eigen_avx2", "", "", 30, kDirect},
        Adapter{"eigen_avx512", "", "", 30, kDirect},
        Adapter{"eigen_avx512", "tensor", "", 16, kDirect}, Adapter{"fftw", "", "", 30, kFft},
        Adapter{"fftw", "", "f64:", 30, kFft}, Adapter{"fftw", "padded", "", 30, kFft},
        Adapter{"fftw", "overlap_save", "", 29, kFft},
        Adapter{"fftw", "overlap_save", "f64:", 29, kFft}, Adapter{"openblas", "", "", 30, kDirect},
        Adapter{"openblas", "", "f64:", 30, kDirect}, Adapter{"opencv", "", "", 4, kFft},
        Adapter{"opencv", "", "f64:", 4, kFft}, Adapter{"opencv", "dnn", "", 13, kDirect},
        Adapter{"torch", "", "", 27, kDirect}, Adapter{"torch", "", "f64:", 27, kDirect},
        Adapter{"xnnpack", "", "", 20, kDirect}),
    [](const testing::TestParamInfo<Adapter>& info) {
      std::string name =
          std::string(info.param.peer) + "_" + info.param.variant + "_" + info.param.types;
      name.erase(std::remove(name.begin(), name.end(), ':'), name.end());
      return name;
    });

}  // namespace
}  // namespace convcheck
