// SPDX-License-Identifier: Apache-2.0
// What the adapters' tests share: modules by name, problems, exact results, one whole life of a
// plan.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "core/problem_text.hpp"
#include "core/tensor.hpp"
#include "peers/convcheck_peer.h"

namespace convcheck {

// Of whatever element type: what is not exact in double is no integer of these tests.
using Values = std::vector<double>;

// A loaded module; modules stay loaded, since OpenMP runtimes do not survive dlclose.
inline const convcheck_peer& load(const std::string& name) {
  const std::string path = std::string(CONVCHECK_PEER_MODULES) + "/convcheck_peer_" + name + ".so";
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) ADD_FAILURE() << dlerror();
  void* const symbol = library == nullptr ? nullptr : dlsym(library, "convcheck_peer_v1");
  if (symbol == nullptr) throw std::runtime_error("cannot load " + path);
  const auto entry = reinterpret_cast<decltype(&convcheck_peer_v1)>(symbol);
  EXPECT_EQ(entry(CONVCHECK_PEER_ABI_VERSION + 1), nullptr);
  return *entry(CONVCHECK_PEER_ABI_VERSION);
}

inline ConvProblem parse(const std::string& text) {
  const Result<ConvProblem> problem = parse_problem(text);
  if (!problem) throw std::runtime_error(problem.error().message);
  return *problem;
}

inline convcheck_problem to_abi(const ConvProblem& p) {
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
inline Values integers(const Shape& shape, int limit, std::uint32_t seed) {
  Values values(static_cast<std::size_t>(element_count(shape)));
  for (double& v : values) {
    seed = seed * 1664525U + 1013904223U;
    v = static_cast<int>((seed >> 16) % (2U * limit + 1)) - limit;
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
            if (p.operation == Operation::kConv) sums[y] += at(Role::kX)[x] * at(Role::kW)[w];
            if (p.operation == Operation::kDeconv) sums[x] += at(Role::kY)[y] * at(Role::kW)[w];
            if (p.operation == Operation::kWgrad) sums[w] += at(Role::kX)[x] * at(Role::kY)[y];
          });
    return sums;
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

// Elements from and to bytes of a type, at strides.
class Elements {
 public:
  Elements(const ConvProblem& p, Role role) : shape_(p.shape(role)), type_(p.type(role)) {}

  // Dense, without a layout.
  [[nodiscard]] std::vector<std::byte> dense(const Values& values) const {
    std::vector<std::byte> bytes(values.size() * size_bytes(type_));
    for (std::size_t i = 0; i < values.size(); ++i)
      store_rounded(type_, bytes.data(), static_cast<std::int64_t>(i), values[i]);
    return bytes;
  }

  // Element i of the plain order, in elements from the start.
  [[nodiscard]] std::int64_t place(const convcheck_layout& layout, std::int64_t i) const {
    if (shape_.size() < 3) return i;  // a bias
    std::int64_t at = 0;
    for (std::size_t axis = shape_.size(); axis-- > 0; i /= shape_[axis])
      at += i % shape_[axis] * layout.strides[axis < 2 ? axis : axis + 5 - shape_.size()];
    return at;
  }

  [[nodiscard]] double value(const std::byte* data, std::int64_t i) const {
    Tensor one(type_, Shape{1}, data + static_cast<std::size_t>(i) * size_bytes(type_));
    return one.value(0);
  }

  [[nodiscard]] ElementType type() const { return type_; }

 private:
  Shape shape_;
  ElementType type_;
};

// One whole life of a plan, as a caller would live it.
inline Answer ask(const convcheck_peer& peer, const ConvProblem& p, const Data& data,
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
    const Values& values = data.operands[i];
    if (values.empty()) continue;
    const auto operand = static_cast<std::int32_t>(i);
    const Elements elements(p, static_cast<Role>(operand));
    const std::vector<std::byte> plain = elements.dense(values);
    convcheck_layout& layout = layouts[i];
    layout.struct_size = sizeof layout;
    if (peer.layout != nullptr) {
      peer.layout(plan, operand, &layout);
    } else {
      layout.bytes = plain.size();
      layout.alignment_bytes = size_bytes(elements.type());
      layout.strides[0] = 0;
    }
    memory[i].resize(layout.bytes + layout.alignment_bytes + layout.read_slack_bytes,
                     std::byte{0xFF});
    auto* address = memory[i].data();
    while (reinterpret_cast<std::uintptr_t>(address) % layout.alignment_bytes != 0) ++address;
    operands[i] = address;
    if (i == written) continue;
    if (layout.opaque == 0 && peer.layout == nullptr) {
      std::memcpy(address, plain.data(), plain.size());
    } else if (layout.opaque == 0) {
      EXPECT_EQ(layout.bytes, plain.size());
      for (std::size_t e = 0; e < values.size(); ++e)
        store_rounded(elements.type(), address,
                      elements.place(layout, static_cast<std::int64_t>(e)), values[e]);
    } else {
      answer.any_opaque = true;
      if (failed(peer.import_operand(plan, operand, plain.data(), address, why, sizeof why)))
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

  const Elements elements(p, p.written());
  std::vector<std::byte> plain(data.operands[written].size() * size_bytes(elements.type()));
  const auto* native = static_cast<const std::byte*>(operands[written]);
  if (layouts[written].opaque != 0) {
    answer.any_opaque = true;
    failed(peer.export_operand(plan, static_cast<std::int32_t>(written), native, plain.data(), why,
                               sizeof why));
    native = plain.data();
  }
  for (std::size_t e = 0; e < data.operands[written].size(); ++e) {
    const auto i = static_cast<std::int64_t>(e);
    const bool strided = layouts[written].opaque == 0 && peer.layout != nullptr;
    answer.result.push_back(
        elements.value(native, strided ? elements.place(layouts[written], i) : i));
  }
  if (peer.destroy != nullptr) peer.destroy(plan);
  return answer;
}

inline const std::vector<std::string>& problems() {
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

}  // namespace convcheck
