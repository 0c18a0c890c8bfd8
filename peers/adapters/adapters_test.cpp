// SPDX-License-Identifier: Apache-2.0
// Each adapter through the C ABI, bitwise against the definition on exact integers.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "core/problem_text.hpp"
#include "peers/convcheck_peer.h"

namespace convcheck {
namespace {

using Values = std::vector<float>;

// A loaded module; modules stay loaded, since OpenMP runtimes do not survive dlclose.
const convcheck_peer& load(const std::string& name) {
  const std::string path = std::string(CONVCHECK_PEER_MODULES) + "/convcheck_peer_" + name + ".so";
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) ADD_FAILURE() << dlerror();
  void* const symbol = library == nullptr ? nullptr : dlsym(library, "convcheck_peer_v1");
  if (symbol == nullptr) throw std::runtime_error("cannot load " + path);
  const auto entry = reinterpret_cast<decltype(&convcheck_peer_v1)>(symbol);
  EXPECT_EQ(entry(CONVCHECK_PEER_ABI_VERSION + 1), nullptr);
  return *entry(CONVCHECK_PEER_ABI_VERSION);
}

ConvProblem parse(const std::string& text) {
  const Result<ConvProblem> problem = parse_problem(text);
  if (!problem) throw std::runtime_error(problem.error().message);
  return *problem;
}

convcheck_problem to_abi(const ConvProblem& p) {
  convcheck_problem abi{};
  abi.struct_size = sizeof abi;
  abi.operation = static_cast<std::int32_t>(p.operation);
  abi.rank = p.rank;
  abi.padding_mode = static_cast<std::int32_t>(p.padding_mode);
  abi.orientation = static_cast<std::int32_t>(p.orientation);
  abi.x_type = static_cast<std::int32_t>(p.x_type);
  abi.w_type = static_cast<std::int32_t>(p.w_type);
  abi.y_type = static_cast<std::int32_t>(p.y_type);
  abi.has_bias = p.has_bias ? 1 : 0;
  abi.batch = p.batch;
  abi.groups = p.groups;
  abi.in_channels = p.in_channels;
  abi.out_channels = p.out_channels;
  const Axes end = p.pad_end();
  for (std::size_t a = 0; a < 3; ++a) {
    abi.x_extent[a] = p.x_extent[a];
    abi.w_extent[a] = p.w_extent[a];
    abi.y_extent[a] = p.y_extent[a];
    abi.stride[a] = p.stride[a];
    abi.dilation[a] = p.dilation[a];
    abi.pad_begin[a] = p.pad_begin[a];
    abi.pad_end[a] = end[a];
  }
  return abi;
}

// Integers in [-limit, limit] from a small generator, the same for each call.
Values integers(const Shape& shape, int limit, std::uint32_t seed) {
  Values values(static_cast<std::size_t>(element_count(shape)));
  for (float& v : values) {
    seed = seed * 1664525U + 1013904223U;
    v = static_cast<float>(static_cast<int>((seed >> 16) % (2U * limit + 1)) - limit);
  }
  return values;
}

struct Data {
  std::array<Values, 4> operands;  // by CONVCHECK_X..Y; the written one is the expected result

  Data(const ConvProblem& p, int limit) {
    for (const Role role : {Role::kX, Role::kW, Role::kY})
      at(role) = integers(p.shape(role), limit, static_cast<std::uint32_t>(role) + 1);
    if (p.has_bias) at(Role::kBias) = integers(p.bias_shape(), limit, 7);
    at(p.written()) = expected(p);
  }

  Values& at(Role role) { return operands[static_cast<std::size_t>(role)]; }

 private:
  Values expected(const ConvProblem& p) {
    const Shape shape = p.shape(p.written());
    std::vector<double> sums(static_cast<std::size_t>(element_count(shape)));
    if (p.has_bias)
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t plane = sums.size() / static_cast<std::size_t>(shape[0] * shape[1]);
        sums[i] = at(Role::kBias)[i / plane % static_cast<std::size_t>(shape[1])];
      }
    const std::int64_t in = p.in_channels / p.groups;
    const std::int64_t out = p.out_channels / p.groups;
    for (std::int64_t n = 0; n < p.batch; ++n)
      for (std::int64_t m = 0; m < p.out_channels; ++m)
        for (std::int64_t c = 0; c < in; ++c)
          for_each_tap(p, [&](std::int64_t o, std::int64_t i, std::int64_t t) {
            const auto y = static_cast<std::size_t>((n * p.out_channels + m) * o_size(p) + o);
            const auto x =
                static_cast<std::size_t>((n * p.in_channels + m / out * in + c) * p.x_extent[0] *
                                             p.x_extent[1] * p.x_extent[2] +
                                         i);
            const auto w = static_cast<std::size_t>(
                (m * in + c) * p.w_extent[0] * p.w_extent[1] * p.w_extent[2] + t);
            if (p.operation == Operation::kConv)
              sums[y] += static_cast<double>(at(Role::kX)[x]) * at(Role::kW)[w];
            if (p.operation == Operation::kDeconv)
              sums[x] += static_cast<double>(at(Role::kY)[y]) * at(Role::kW)[w];
            if (p.operation == Operation::kWgrad)
              sums[w] += static_cast<double>(at(Role::kX)[x]) * at(Role::kY)[y];
          });
    return {sums.begin(), sums.end()};
  }

  static std::int64_t o_size(const ConvProblem& p) {
    return p.y_extent[0] * p.y_extent[1] * p.y_extent[2];
  }

  template <typename F>
  static void for_each_tap(const ConvProblem& p, F f) {
    Axes o{}, t{};
    for (o[0] = 0; o[0] < p.y_extent[0]; ++o[0])
      for (o[1] = 0; o[1] < p.y_extent[1]; ++o[1])
        for (o[2] = 0; o[2] < p.y_extent[2]; ++o[2])
          for (t[0] = 0; t[0] < p.w_extent[0]; ++t[0])
            for (t[1] = 0; t[1] < p.w_extent[1]; ++t[1])
              for (t[2] = 0; t[2] < p.w_extent[2]; ++t[2]) {
                std::int64_t y = 0, x = 0, w = 0;
                bool inside = true;
                for (std::size_t a = 0; a < 3; ++a) {
                  const std::int64_t i =
                      padded_index(o[a] * p.stride[a] + t[a] * p.dilation[a] - p.pad_begin[a],
                                   p.x_extent[a], p.padding_mode);
                  inside = inside && i >= 0;
                  const bool flipped = p.orientation == Orientation::kConvolution;
                  y = y * p.y_extent[a] + o[a];
                  x = x * p.x_extent[a] + i;
                  w = w * p.w_extent[a] + (flipped ? p.w_extent[a] - 1 - t[a] : t[a]);
                }
                if (inside) f(y, x, w);
              }
  }
};

struct Answer {
  std::int32_t status = CONVCHECK_FAILED;
  std::string why;
  std::string algorithm;
  convcheck_claim claim{};
  Values result;
  bool any_opaque = false;
};

// One whole life of a plan, as a caller would live it.
Answer ask(const convcheck_peer& peer, const ConvProblem& p, Data& data,
           const std::string& variant = "", int threads = 1,
           std::int32_t layout_choice = CONVCHECK_LAYOUT_PLAIN) {
  const convcheck_problem problem = to_abi(p);
  const convcheck_options options{sizeof options, threads, layout_choice, 0, variant.c_str()};
  char why[256] = "";
  Answer answer;
  const auto failed = [&](std::int32_t status) {
    answer.status = status;
    answer.why = why;
    return status != CONVCHECK_OK;
  };
  if (failed(peer.supports(&problem, &options, why, sizeof why))) return answer;
  convcheck_problem own_problem = problem;
  auto* plan =
      reinterpret_cast<convcheck_plan*>(&own_problem);  // What a peer without prepare gets.
  if (peer.prepare != nullptr && failed(peer.prepare(&problem, &options, &plan, why, sizeof why)))
    return answer;
  answer.claim.struct_size = sizeof answer.claim;
  if (peer.claim != nullptr) {
    peer.claim(plan, &answer.claim);
    answer.algorithm = answer.claim.algorithm_name;
  }

  const auto written = static_cast<std::size_t>(p.written());
  std::array<convcheck_layout, 4> layouts{};
  std::array<std::vector<std::byte>, 4> memory;
  void* operands[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    Values& values = data.operands[i];
    if (values.empty()) continue;
    convcheck_layout& layout = layouts[i];
    layout.struct_size = sizeof layout;
    layout.bytes = values.size() * sizeof(float);
    layout.alignment_bytes = sizeof(float);
    if (peer.layout != nullptr) peer.layout(plan, static_cast<std::int32_t>(i), &layout);
    memory[i].resize(layout.bytes + layout.alignment_bytes, std::byte{0xFF});
    auto* address = memory[i].data();
    while (reinterpret_cast<std::uintptr_t>(address) % layout.alignment_bytes != 0) ++address;
    operands[i] = address;
    if (i == written) continue;
    if (layout.opaque == 0) {
      EXPECT_EQ(layout.bytes, values.size() * sizeof(float));
      std::memcpy(address, values.data(), layout.bytes);
    } else {
      answer.any_opaque = true;
      if (failed(peer.import_operand(plan, static_cast<std::int32_t>(i), values.data(), address,
                                     why, sizeof why)))
        return answer;
    }
  }
  if (peer.pack != nullptr && p.operation != Operation::kWgrad) {
    if (failed(peer.pack(plan, operands[CONVCHECK_W], why, sizeof why))) return answer;
    std::fill(memory[CONVCHECK_W].begin(), memory[CONVCHECK_W].end(), std::byte{0xFF});
    operands[CONVCHECK_W] = nullptr;
  }
  for (int call = 0; call < 2; ++call)
    if (failed(peer.run(plan, operands, why, sizeof why))) return answer;
  answer.result.assign(data.operands[written].size(), std::numeric_limits<float>::quiet_NaN());
  if (layouts[written].opaque == 0) {
    std::memcpy(answer.result.data(), operands[written], layouts[written].bytes);
  } else {
    answer.any_opaque = true;
    failed(peer.export_operand(plan,
                               p.operation == Operation::kConv     ? CONVCHECK_Y
                               : p.operation == Operation::kDeconv ? CONVCHECK_X
                                                                   : CONVCHECK_W,
                               operands[written], answer.result.data(), why, sizeof why));
  }
  if (peer.destroy != nullptr) peer.destroy(plan);
  return answer;
}

const std::vector<std::string>& problems() {
  static const std::vector<std::string> lines = {
      "mb2_ic3oc5_ih7oh7kh3sh1dh0ph1_iw6ow6kw3sw1dw0pw1",
      "bias:mb2_ic3oc5_ih7oh4kh3sh2dh0ph1_iw6ow3kw3sw2dw0pw1",
      "mb1_ic16oc32_ih9oh9kh3sh1dh0ph1_iw9ow9kw3sw1dw0pw1",
      "true:mb1_ic3oc4_ih6oh5kh2sh1dh0ph0_iw6ow4kw3sw1dw0pw0",
      "g2mb2_ic4oc6_ih5oh3kh3sh1dh0ph0_iw5ow3kw3sw1dw0pw0",
      "g8mb1_ic8oc8_ih5oh5kh3sh1dh0ph1_iw5ow5kw3sw1dw0pw1",
      "mb1_ic2oc2_ih9oh5kh3sh1dh1ph0_iw9ow3kw3sw1dw2pw0",
      "mb2_ic20oc24_ih5oh5kh1sh1dh0ph0_iw5ow5kw1sw1dw0pw0",
      "mb1_ic2oc3_ih4oh6kh3sh1dh0ph3_iw4ow5kw2sw1dw0pw0",  // asymmetric
      "mb2_ic3oc4_iw11ow9kw3sw1dw0pw0",
      "bias:mb1_ic2oc3_id4od4kd3sd1dd0pd1_ih4oh4kh3sh1dh0ph1_iw4ow4kw3sw1dw0pw1",
      "deconv:mb2_ic5oc3_ih4oh8kh4sh2dh0ph1_iw4ow8kw4sw2dw0pw1",
      "deconv:bias:mb1_ic16oc16_ih5oh5kh3sh1dh0ph1_iw5ow5kw3sw1dw0pw1",
      "deconv:g2mb1_ic4oc6_ih3oh5kh3sh1dh0ph0_iw3ow5kw3sw1dw0pw0",
      "deconv:true:mb1_ic2oc3_ih3oh5kh3sh1dh0ph0_iw3ow5kw3sw1dw0pw0",
      "wgrad:mb2_ic3oc5_ih7oh7kh3sh1dh0ph1_iw6ow6kw3sw1dw0pw1",
      "wgrad:true:mb2_ic16oc16_ih7oh4kh3sh2dh0ph1_iw6ow3kw3sw2dw0pw1",
      "wgrad:g2mb2_ic4oc6_ih5oh3kh3sh1dh0ph0_iw5ow3kw3sw1dw0pw0",
  };
  return lines;
}

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
      for (float& v : answer.result) v = std::nearbyint(v) + 0.0F;
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
