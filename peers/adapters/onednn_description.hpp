// SPDX-License-Identifier: Apache-2.0
// What oneDNN would do with a problem, or why it would not: nothing is compiled or computed here.
#pragma once

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>
#include <numeric>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peers/convcheck_peer.h"

namespace onednn_peer {

using dnnl::memory;
using Index = std::int64_t;

inline constexpr int kOperands = 4;

// A refusal on its way to `why`.
struct Refusal {
  std::string reason;
};

// One operand as the caller and as the primitive see it.
struct Operand {
  int argument = 0;  // DNNL_ARG_..., 0 if the primitive has no such operand.
  bool written = false;
  memory::desc plain;
  memory::desc native;
  std::optional<dnnl::reorder::primitive_desc> conversion;  // Absent where both are the same.
};

// What oneDNN would do with a problem; nothing is compiled yet.
struct Description {
  dnnl::primitive_desc primitive;
  std::array<Operand, kOperands> operands;
};

inline Index volume(const Index (&extent)[3]) { return extent[0] * extent[1] * extent[2]; }

inline std::string axis_name(int axis) { return std::string(1, "dhw"[axis]); }

// Shapes that the library's checks refuse without a word, or that need no convolution.
inline void check_problem(const convcheck_problem& p, std::string_view variant) {
  if (p.x_type != CONVCHECK_F32 || p.w_type != CONVCHECK_F32 || p.y_type != CONVCHECK_F32)
    throw Refusal{"this adapter offers f32 only"};
  if (p.padding_mode != CONVCHECK_PAD_ZEROS) throw Refusal{"oneDNN pads with zeros only"};
  if (p.batch == 0 || p.in_channels == 0 || p.out_channels == 0 || volume(p.x_extent) == 0 ||
      volume(p.y_extent) == 0)
    throw Refusal{"tensors without elements are not offered"};
  if (variant != "" && variant != "winograd" && variant != "auto")
    throw Refusal{"unknown variant " + std::string(variant)};
  if (p.operation == CONVCHECK_WGRAD && variant == "winograd")
    throw Refusal{"Winograd is offered for conv and deconv"};
  if (p.operation != CONVCHECK_CONV && variant == "auto")
    throw Refusal{"the automatic choice is offered for conv"};
  for (const Index size : {p.batch, p.in_channels, p.out_channels})
    if (size > INT_MAX) throw Refusal{"oneDNN counts in 32 bits"};
  for (int a = 0; a < 3; ++a) {
    for (const Index size : {p.x_extent[a], p.w_extent[a], p.y_extent[a], p.stride[a],
                             p.dilation[a], p.pad_begin[a], p.pad_end[a]})
      if (size > INT_MAX) throw Refusal{"oneDNN counts in 32 bits"};
    if (p.pad_begin[a] < 0)
      throw Refusal{"padding at the begin of " + axis_name(a) + " is " +
                    std::to_string(p.pad_begin[a]) + "; oneDNN takes none below 0"};
    if (p.pad_end[a] <= -p.stride[a])
      throw Refusal{"padding at the end of " + axis_name(a) + " is " +
                    std::to_string(p.pad_end[a]) + "; oneDNN takes none at or below -stride"};
  }
}

// Dense, slowest axis first.
inline memory::desc dense(const memory::dims& dims) {
  memory::dims strides(dims.size(), 1);
  for (std::size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * dims[i];
  return {dims, memory::data_type::f32, strides};
}

// Rows from here on are described in plain layout: the library's blocked kernels take a time
// proportional to the width to be described (13 s for 2^20 columns and 16 taps, 6 s more to be
// made), and run slower there than its im2col.
inline constexpr Index kWideRow = 65536;

// Any layout that the primitive likes; plain for very wide rows.
inline memory::desc free_layout(const memory::desc& plain, const convcheck_problem& p) {
  if (p.y_extent[2] >= kWideRow) return plain;
  return {plain.dims(), memory::data_type::f32, memory::format_tag::any};
}

inline memory::dims used_axes(const Index (&values)[3], int rank, Index offset = 0) {
  memory::dims used;
  for (int a = 3 - rank; a < 3; ++a) used.push_back(values[a] + offset);
  return used;
}

inline memory::desc plain_data(Index batch, Index channels, const Index (&extent)[3], int rank) {
  memory::dims dims{batch, channels};
  const memory::dims axes = used_axes(extent, rank);
  dims.insert(dims.end(), axes.begin(), axes.end());
  return dense(dims);
}

// w as the primitive names its axes: [groups, out, in, taps...], where a deconvolution's out is x's
// channels; its memory is [out_channels, in_channels/groups, taps...] for every operation.
inline memory::desc plain_weights(const convcheck_problem& p) {
  const bool grouped = p.groups != 1;
  memory::dims dims{p.out_channels / p.groups, p.in_channels / p.groups};
  const memory::dims taps = used_axes(p.w_extent, p.rank);
  dims.insert(dims.end(), taps.begin(), taps.end());
  if (grouped) dims.insert(dims.begin(), p.groups);
  const memory::desc desc = dense(dims);
  if (p.operation != CONVCHECK_DECONV) return desc;
  std::vector<int> swapped(dims.size());
  std::iota(swapped.begin(), swapped.end(), 0);
  std::swap(swapped[grouped ? 1 : 0], swapped[grouped ? 2 : 1]);
  return desc.permute_axes(swapped);
}

// Throws Refusal with the reason, or dnnl::error.
inline Description describe(const convcheck_problem& p, std::string_view variant,
                            const dnnl::engine& engine) {
  check_problem(p, variant);
  const auto any = [&p](const memory::desc& plain) { return free_layout(plain, p); };
  const memory::desc x = plain_data(p.batch, p.in_channels, p.x_extent, p.rank);
  const memory::desc y = plain_data(p.batch, p.out_channels, p.y_extent, p.rank);
  const memory::desc w = plain_weights(p);
  const Index bias_channels = p.operation == CONVCHECK_DECONV ? p.in_channels : p.out_channels;
  const memory::desc bias = p.has_bias != 0 ? dense({bias_channels}) : memory::desc{};
  const memory::dims stride = used_axes(p.stride, p.rank);
  const memory::dims dilation = used_axes(p.dilation, p.rank, -1);  // 0 is dense
  const memory::dims begin = used_axes(p.pad_begin, p.rank);
  const memory::dims end = used_axes(p.pad_end, p.rank);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

  Description d;
  std::array<int, kOperands> arguments{};
  int written = CONVCHECK_Y;
  using dnnl::algorithm;
  constexpr auto kInference = dnnl::prop_kind::forward_inference;
  if (p.operation == CONVCHECK_DECONV) {
    written = CONVCHECK_X;
    arguments = {DNNL_ARG_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_SRC};
    const algorithm chosen =
        variant == "winograd" ? algorithm::deconvolution_winograd : algorithm::deconvolution_direct;
    const dnnl::deconvolution_forward::desc desc(kInference, chosen, any(y), any(w), bias, any(x),
                                                 stride, dilation, begin, end);
    d.primitive = dnnl::deconvolution_forward::primitive_desc(desc, attributes, engine);
  } else {
    const algorithm chosen = variant == "winograd" ? algorithm::convolution_winograd
                             : variant == "auto"   ? algorithm::convolution_auto
                                                   : algorithm::convolution_direct;
    const dnnl::convolution_forward::desc desc(kInference, chosen, any(x), any(w), bias, any(y),
                                               stride, dilation, begin, end);
    const dnnl::convolution_forward::primitive_desc forward(desc, attributes, engine);
    if (p.operation == CONVCHECK_CONV) {
      arguments = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
      d.primitive = forward;
    } else {
      written = CONVCHECK_W;
      arguments = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, 0, DNNL_ARG_DIFF_DST};
      const dnnl::convolution_backward_weights::desc backward(chosen, any(x), any(w), any(y),
                                                              stride, dilation, begin, end);
      d.primitive =
          dnnl::convolution_backward_weights::primitive_desc(backward, attributes, engine, forward);
    }
  }

  const std::array<memory::desc, kOperands> plain{x, w, bias, y};
  for (int i = 0; i < kOperands; ++i) {
    if (i == CONVCHECK_BIAS && p.has_bias == 0) continue;
    Operand& operand = d.operands[i];
    operand.argument = arguments[i];
    operand.written = i == written;
    operand.plain = plain[i];
    operand.native = d.primitive.query_md(dnnl::query::exec_arg_md, operand.argument);
    if (operand.native == operand.plain) continue;
    const memory::desc& from = operand.written ? operand.native : operand.plain;
    const memory::desc& to = operand.written ? operand.plain : operand.native;
    operand.conversion.emplace(engine, from, engine, to, attributes);
  }

  const double machine_bytes =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  double needed_bytes = static_cast<double>(d.primitive.scratchpad_desc().get_size());
  for (const Operand& operand : d.operands)
    if (operand.conversion) needed_bytes += static_cast<double>(operand.native.get_size());
  if (needed_bytes > machine_bytes / 2)
    throw Refusal{"oneDNN's workspace of " + std::to_string(needed_bytes / 1e9) +
                  " GB is more than half of this machine's memory"};
  return d;
}

}  // namespace onednn_peer
