// SPDX-License-Identifier: Apache-2.0
// What the tests of this room compare with: the definition in double precision, and problems.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/engine.hpp"
#include "core/fill.hpp"
#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/tensor.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {

/// Calls visit(output, x, w) for every term of every output of a conv in the order that kernel.hpp
/// promises, where `output` is the flat index in y, x and w the values; terms in the padding left
/// out.
template <typename Visit>
void for_each_term(const ConvProblem& p, const std::vector<Tensor>& operands, Visit visit) {
  const auto x = operands[0].values<float>();
  const auto w = operands[1].values<float>();
  const std::int64_t group_in = p.in_channels / p.groups;
  const std::int64_t group_out = p.out_channels / p.groups;
  const std::int64_t rows = p.y_extent[0] * p.y_extent[1];
  const Axes& k = p.w_extent;
  const std::int64_t taps = k[0] * k[1] * k[2];
  const auto index = [&p](std::size_t a, std::int64_t o, std::int64_t t) {
    return padded_index(o * p.stride[a] + t * p.dilation[a] - p.pad_begin[a], p.x_extent[a],
                        p.padding_mode);
  };
  for (std::int64_t output = 0; output < element_count(p.y_shape()); ++output) {
    const std::int64_t o = output % p.y_extent[2];
    const std::int64_t row = output / p.y_extent[2] % rows;
    const std::int64_t m = output / p.y_extent[2] / rows % p.out_channels;
    const std::int64_t n = output / p.y_extent[2] / rows / p.out_channels;
    for (std::int64_t first = 0; first < group_in; first += kChannelBlock) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        const std::int64_t i = index(0, row / p.y_extent[1], tap / k[2] / k[1]);
        const std::int64_t j = index(1, row % p.y_extent[1], tap / k[2] % k[1]);
        const std::int64_t l = index(2, o, tap % k[2]);
        if (i < 0 || j < 0 || l < 0) continue;
        const std::int64_t wt = p.orientation == Orientation::kConvolution ? taps - 1 - tap : tap;
        for (std::int64_t c = first; c < std::min(group_in, first + kChannelBlock); ++c) {
          const std::int64_t channel = n * p.in_channels + m / group_out * group_in + c;
          const std::int64_t at =
              ((channel * p.x_extent[0] + i) * p.x_extent[1] + j) * p.x_extent[2] + l;
          visit(static_cast<std::size_t>(output), x[static_cast<std::size_t>(at)],
                w[static_cast<std::size_t>((m * group_in + c) * taps + wt)]);
        }
      }
    }
  }
}

/// The bias of every output, or 0.
inline std::vector<float> initial_values(const ConvProblem& p,
                                         const std::vector<Tensor>& operands) {
  std::vector<float> values(static_cast<std::size_t>(element_count(p.y_shape())));
  const std::int64_t pixels = p.y_extent[0] * p.y_extent[1] * p.y_extent[2];
  for (std::size_t i = 0; p.has_bias && i < values.size(); ++i)
    values[i] = operands[2].values<float>()[static_cast<std::size_t>(static_cast<std::int64_t>(i) /
                                                                     pixels % p.out_channels)];
  return values;
}

/// y of a conv and S = sum |x||w| + |bias|, in double precision.
struct Defined {
  std::vector<double> value, sum_abs;
};

inline Defined by_definition(const ConvProblem& p, const std::vector<Tensor>& operands) {
  Defined result;
  for (const float initial : initial_values(p, operands)) {
    result.value.push_back(initial);
    result.sum_abs.push_back(std::fabs(static_cast<double>(initial)));
  }
  for_each_term(p, operands, [&result](std::size_t output, float x, float w) {
    const double product = static_cast<double>(x) * static_cast<double>(w);
    result.value[output] += product;
    result.sum_abs[output] += std::fabs(product);
  });
  return result;
}

/// y as kernel.hpp promises it, bit for bit.
inline std::vector<float> in_promised_order(const ConvProblem& p,
                                            const std::vector<Tensor>& operands, bool fused) {
  std::vector<float> sums = initial_values(p, operands);
  for_each_term(p, operands, [&sums, fused](std::size_t output, float x, float w) {
    sums[output] = fused ? std::fma(x, w, sums[output]) : x * w + sums[output];
  });
  return sums;
}

/// Problems around every remainder the kernels know: few channels and many, tiles and their tails,
/// strides, dilations, padding of every mode and sign, groups, bias, ranks, empty axes.
inline std::vector<ConvProblem> small_problems() {
  std::vector<ConvProblem> problems;
  const auto add = [&problems](std::string_view descriptor) {
    const Result<ConvProblem> p = parse_problem(descriptor);
    CONVCHECK_CHECK(p.has_value(), p ? std::string(descriptor) : p.error().message);
    problems.push_back(*p);
  };
  // Channels around 4, 8, 16, 32; widths around 4, 8, 14, 16, 28, 32, 112.
  for (const int channels : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33})
    add(fmt::format("mb1ic{}oc{}ih5oh5kh3ph1_iw9ow9kw3pw1", channels, 36 - channels));
  for (const int width : {1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 16, 17, 27, 28, 29, 31, 33, 113, 225})
    add(fmt::format("mb1ic5oc19ih2oh2kh3ph1_iw{0}ow{0}kw3pw1", width));
  for (const char* descriptor : {
           "mb2ic16oc16ih7oh7kh3ph1",
           "mb1ic32oc32ih7oh7kh1ph0",
           "bias:mb2ic17oc33ih6oh6kh3ph1",
           "mb1ic3oc20ih17oh9kh7sh2ph3",
           "mb1ic17oc18ih13oh5kh3sh3ph1",
           "bias:mb2g2ic6oc10ih9oh9kh3ph1",
           "g4mb1ic64oc64ih6oh6kh3ph1",
           "g5mb2ic5oc5ih11oh11kh3ph1",
           "g5mb2ic5oc10ih11oh6kh3sh2ph1",
           "mb1ic4oc4ih15oh15kh3ph2dh1",
           "mb1ic20oc5ih19oh4kh4sh4ph0dh0",
           "mb1ic6oc6ih12oh8kh3ph0dh1",
           "mb1ic3oc4ih8oh6kh3ph0_iw40ow40kw5pw2",
           "reflect:mb1ic4oc6ih6oh8kh5ph3",
           "bias:reflect:mb2ic17oc16ih1oh3kh3ph2_iw5ow5kw3pw1",
           "replicate:mb1ic4oc17ih3oh9kh3ph4",
           "circular:mb1ic18oc6ih4oh12kh3ph5",
           "circular:g2mb1ic4oc4ih4oh6kh3sh2ph5",
           "true:mb1ic5oc7ih6oh6kh3ph1",
           "true:bias:mb2ic3oc2ih4oh5kh2ph1_iw6ow6kw3pw1",
           "mb1ic3oc5ih9oh5kh3ph-1",
           "mb1ic3oc5ih9oh3kh3sh2ph-2",
           "mb1ic18oc3iw40ow40kw3pw1",
           "mb3ic1oc1iw200ow200kw9pw4",
           "mb1ic2oc3iw50ow25kw5sw2pw2dw1",
           "mb2ic3oc18id4od4kd3pd1_ih5oh5kh3ph1_iw6ow6kw3pw1",
           "bias:mb1ic17oc4id5od3kd3sd2pd1_ih4oh4kh1ph0_iw7ow4kw3sw2pw1",
           "g2mb1ic4oc4id3od3kd2pd1dd1_ih3oh3kh3ph1_iw3ow3kw3pw1",
           "mb1ic16oc32id3od3kd1pd0_ih5oh5kh1ph0_iw7ow7kw1pw0",
       })
    add(descriptor);
  // A filter for every channel: unrolled taps and others, whole tiles, borders, what is left.
  for (const int channels : {1, 3, 15, 16, 17, 33})
    add(fmt::format("g{0}mb2ic{0}oc{0}ih5oh5kh3ph1_iw9ow9kw3pw1", channels));
  for (const int width : {1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 18, 21, 22, 28, 29, 43}) {
    for (const int kernel : {3, 5, 7})
      add(fmt::format("g17mb1ic17oc17ih2oh2kh3ph1_iw{0}ow{0}kw{1}pw{2}", width, kernel,
                      kernel / 2));
    add(fmt::format("g5mb1ic5oc5ih2oh2kh3ph1_iw{0}ow{0}kw2pw1", width));
    add(fmt::format("g9mb1ic9oc9ih5oh3kh3sh2ph1_iw{}ow{}kw5sw2pw2", 2 * width, width));
  }
  for (const char* descriptor : {
           "bias:g20mb2ic20oc20ih15oh8kh3sh2ph1",
           "g16mb1ic16oc16ih15oh15kh7ph3",
           "g16mb1ic16oc16ih33oh17kh7sh2ph3",
           "g3mb1ic3oc3ih12oh4kh3sh3ph0",
           "g18mb1ic18oc18ih9oh9kh1ph0",
           "g18mb1ic18oc18ih9oh9kh4ph2_iw30ow30kw9pw4",
           "g16mb1ic16oc16ih9oh9kh3ph2dh1_iw20ow20kw3pw2dw1",
           "bias:true:g17mb1ic17oc17ih6oh6kh3ph1",
           "bias:reflect:g17mb2ic17oc17ih6oh8kh5ph3",
           "replicate:g4mb1ic4oc4ih3oh9kh3ph4",
           "circular:g18mb1ic18oc18ih4oh6kh3sh2ph5",
           "g17mb1ic17oc17ih9oh5kh3ph-1",
           "g4mb2ic4oc8ih9oh9kh3ph1",
           "bias:g7mb2ic7oc35ih9oh5kh3sh2ph1",
           "reflect:g7mb1ic7oc21ih9oh9kh3ph1",
           "g18mb1ic18oc18iw40ow40kw3pw1",
           "g54mb1ic54oc54id4od4kd3pd1_ih6oh6kh3ph1_iw9ow9kw3pw1",
           "bias:g6mb1ic6oc6id5od3kd3sd2pd1_ih4oh4kh1ph0_iw7ow4kw3sw2pw1",
           "g4mb1ic4oc4id5od5kd2pd1dd1_ih3oh3kh3ph1_iw3ow3kw3pw1",
       })
    add(descriptor);
  // Small groups, several in a vector.
  for (const int group : {2, 4, 8}) {
    for (const int width : {1, 5, 7, 8, 14, 15, 28, 29, 43})
      add(fmt::format("g5mb1ic{0}oc{0}ih3oh3kh3ph1_iw{1}ow{1}kw3pw1", 5 * group, width));
    for (const char* rest :
         {"ih9oh5kh3sh2ph1", "ih33oh17kh3sh2ph1", "ih9oh9kh1ph0", "ih19oh19kh5ph2",
          "ih9oh9kh3ph2dh1", "ih4oh4kh3ph1_iw30ow10kw3sw3pw0"}) {
      add(fmt::format("bias:g3mb2ic{0}oc{0}{1}", 3 * group, rest));
      add(fmt::format("true:circular:g3mb2ic{0}oc{0}{1}", 3 * group, rest));
    }
    add(fmt::format("g7mb1ic{0}oc{0}id3od3kd3pd1_ih4oh4kh3ph1_iw5ow5kw3pw1", 7 * group));
  }
  // One channel: tall tiles and flat ones, windows of several vectors, borders.
  for (const int width : {1, 5, 8, 15, 16, 17, 31, 33, 47, 63, 64, 65, 100, 128, 150}) {
    for (const int kernel : {1, 2, 3, 17, 35})
      add(fmt::format("g2mb1ic2oc4ih{2}oh{2}kh3ph1_iw{0}ow{0}kw{1}pw{3}", width, kernel,
                      5 + width % 4, kernel / 2));
  }
  for (const char* descriptor : {
           "bias:mb2ic1oc3ih9oh9kh9ph4",
           "mb1ic1oc2ih40oh40kh15ph7",
           "mb1ic1oc1ih40oh30kh11ph0",
           "true:reflect:mb1ic1oc1ih20oh20kh7ph3",
           "circular:mb1ic1oc2ih5oh13kh3ph5",
           "bias:replicate:mb1ic1oc1iw70ow80kw5pw7",
           "mb1ic1oc1iw300ow315kw16pw15",
           "mb1ic1oc1iw5000ow5000kw3pw1",
           "mb1ic1oc1ih70oh62kh3ph-3",
           "mb1ic1oc2id5od3kd3sd2pd1_ih9oh9kh3ph1_iw20ow20kw3pw1",
       })
    add(descriptor);
  // Fields that a descriptor deduces otherwise: windows that see nothing, nothing to compute.
  ConvProblem p = problems.front();
  p.has_bias = true;
  p.pad_begin = {0, 9, 20};
  problems.push_back(p);
  p.pad_begin = {0, 1, 1};
  p.dilation = {1, 1, 50000000};
  problems.push_back(p);
  p.dilation = {1, 1, 1};
  for (const ConvProblem& base : {problems.front(), p}) {
    ConvProblem empty = base;
    empty.x_extent = {1, 0, 5};
    problems.push_back(empty);
    empty.x_extent = {1, 5, 0};
    problems.push_back(empty);
    empty = base;
    empty.batch = 0;
    problems.push_back(empty);
    empty = base;
    empty.y_extent[1] = 0;
    problems.push_back(empty);
    empty = base;
    empty.y_extent[2] = 0;
    problems.push_back(empty);
  }
  return problems;
}

/// Operands of one problem, as fill_operands gives them.
inline std::vector<Tensor> operands_of(const ConvProblem& p, FillKind kind, std::uint64_t seed) {
  return fill_operands(p, kind, seed);
}

/// Runs a plan on plain operands, converting where its layouts are opaque.
inline Tensor run_plan(Plan& plan, const ConvProblem& p, const std::vector<Tensor>& operands) {
  const auto imported = [&plan](Role role, const Tensor& plain) {
    Tensor t(ElementType::kU8, {static_cast<std::int64_t>(plan.layout(role).bytes)});
    if (auto s = plan.import_operand(role, plain.data(), t.data()); !s)
      CONVCHECK_CHECK(false, s.error().message);
    return t;
  };
  Tensor x = imported(Role::kX, operands[0]);
  Tensor w = imported(Role::kW, operands[1]);
  Tensor y(ElementType::kU8, {static_cast<std::int64_t>(plan.layout(Role::kY).bytes)});
  Tensor plain(ElementType::kF32, p.y_shape());
  std::fill_n(y.data(), y.size_bytes(), std::byte{0xFF});  // NaNs, unless every byte is written.
  std::fill_n(plain.data(), plain.size_bytes(), std::byte{0xFF});
  Tensor bias;
  if (p.has_bias) bias = operands[2];
  Operands addresses;
  addresses.x = x.data();
  addresses.bias = bias.data();
  addresses.y = y.data();
  for (Status s : {plan.pack(w.data()), plan.run(addresses),
                   plan.export_operand(Role::kY, y.data(), plain.data())})
    CONVCHECK_CHECK(s.has_value(), s ? std::string() : s.error().message);
  return plain;
}

}  // namespace convcheck::optimized
