// SPDX-License-Identifier: Apache-2.0
// The definition as nested loops in f32: the smallest complete peer, and the example of the C ABI.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <new>

#include "peers/convcheck_peer.h"

// A plan holds what run needs; here that is the problem.
struct convcheck_plan {
  convcheck_problem problem;
};

namespace {

using Index = std::int64_t;

// Where index i of the padded axis lies in [0, extent), or -1 for a zero.
Index padded(Index i, Index extent, std::int32_t mode) {
  if (i >= 0 && i < extent) return i;
  if (mode == CONVCHECK_PAD_ZEROS) return -1;
  if (mode == CONVCHECK_PAD_REPLICATE || extent == 1) return i < 0 ? 0 : extent - 1;
  const Index period = mode == CONVCHECK_PAD_CIRCULAR ? extent : 2 * (extent - 1);
  const Index folded = (i % period + period) % period;
  return folded < extent ? folded : period - folded;
}

Index volume(const Index (&extent)[3]) { return extent[0] * extent[1] * extent[2]; }

// Calls f(position of y, position of x, tap of w) for every pair of an output and a tap that lies
// on an element of x, outputs first, each a row-major index over the three axes.
template <typename F>
void for_each_tap(const convcheck_problem& p, F f) {
  const Index outputs = volume(p.y_extent);
  const Index taps = volume(p.w_extent);
  for (Index o = 0; o < outputs; ++o) {
    for (Index t = 0; t < taps; ++t) {
      Index at_x = 0, at_w = 0;
      Index rest_o = o, rest_t = t;
      Index x_step = 1, w_step = 1;
      bool inside = true;
      for (int a = 2; a >= 0; --a) {
        const Index o_a = rest_o % p.y_extent[a];
        const Index t_a = rest_t % p.w_extent[a];
        rest_o /= p.y_extent[a];
        rest_t /= p.w_extent[a];
        const Index x_a = padded(o_a * p.stride[a] + t_a * p.dilation[a] - p.pad_begin[a],
                                 p.x_extent[a], p.padding_mode);
        inside = inside && x_a >= 0;
        at_x += x_a * x_step;
        at_w += (p.orientation == CONVCHECK_CONVOLUTION ? p.w_extent[a] - 1 - t_a : t_a) * w_step;
        x_step *= p.x_extent[a];
        w_step *= p.w_extent[a];
      }
      if (inside) f(o, at_x, at_w);
    }
  }
}

void convolve(const convcheck_problem& p, float* x, float* w, const float* bias, float* y) {
  const Index y_size = volume(p.y_extent);
  const Index x_size = volume(p.x_extent);
  const Index w_size = volume(p.w_extent);
  const Index group_in = p.in_channels / p.groups;
  const Index group_out = p.out_channels / p.groups;

  // What is written starts at the bias of its channel, or at zero.
  if (p.operation == CONVCHECK_WGRAD) {
    std::fill_n(w, p.out_channels * group_in * w_size, 0.0F);
  } else {
    float* const written = p.operation == CONVCHECK_CONV ? y : x;
    const Index size = p.operation == CONVCHECK_CONV ? y_size : x_size;
    const Index channels = p.operation == CONVCHECK_CONV ? p.out_channels : p.in_channels;
    for (Index c = 0; c < p.batch * channels; ++c)
      std::fill_n(written + c * size, size, bias == nullptr ? 0.0F : bias[c % channels]);
  }

  for (Index n = 0; n < p.batch; ++n) {
    for (Index m = 0; m < p.out_channels; ++m) {
      float* const y_plane = y + (n * p.out_channels + m) * y_size;
      for (Index c = 0; c < group_in; ++c) {
        float* const x_plane = x + (n * p.in_channels + m / group_out * group_in + c) * x_size;
        float* const w_taps = w + (m * group_in + c) * w_size;
        for_each_tap(p, [&](Index o, Index i, Index t) {
          if (p.operation == CONVCHECK_CONV) y_plane[o] += x_plane[i] * w_taps[t];
          if (p.operation == CONVCHECK_DECONV) x_plane[i] += y_plane[o] * w_taps[t];
          if (p.operation == CONVCHECK_WGRAD) w_taps[t] += x_plane[i] * y_plane[o];
        });
      }
    }
  }
}

std::int32_t supports(const convcheck_problem* p, const convcheck_options*, char* why,
                      std::size_t why_size) {
  if (p->x_type == CONVCHECK_F32 && p->w_type == CONVCHECK_F32 && p->y_type == CONVCHECK_F32)
    return CONVCHECK_OK;
  std::snprintf(why, why_size, "only f32 is implemented");
  return CONVCHECK_UNSUPPORTED;
}

std::int32_t prepare(const convcheck_problem* p, const convcheck_options* options,
                     convcheck_plan** plan, char* why, std::size_t why_size) {
  const std::int32_t answer = supports(p, options, why, why_size);
  if (answer != CONVCHECK_OK) return answer;
  *plan = new (std::nothrow) convcheck_plan{*p};
  if (*plan != nullptr) return CONVCHECK_OK;
  std::snprintf(why, why_size, "out of memory");
  return CONVCHECK_FAILED;
}

// Recursive summation, so a product passes through at most as many roundings as there are terms.
void claim(const convcheck_plan* plan, convcheck_claim* claim) {
  const convcheck_problem& p = plan->problem;
  const Index taps = volume(p.w_extent);
  Index terms = p.in_channels / p.groups * taps;
  if (p.operation == CONVCHECK_WGRAD) terms = p.batch * volume(p.y_extent);
  if (p.operation == CONVCHECK_DECONV) {
    // Other padding than zeros can fold every output onto one element of x.
    const bool folds = p.padding_mode != CONVCHECK_PAD_ZEROS;
    terms = p.out_channels / p.groups * taps * (folds ? volume(p.y_extent) : 1);
  }
  claim->algorithm = CONVCHECK_ALGORITHM_DIRECT;
  claim->tree_height = terms + (p.has_bias != 0 ? 1 : 0);
  claim->thread_invariant = 1;
  claim->deterministic = 1;
  claim->flushes_subnormals = 0;
  claim->workspace_bytes = 0;
  claim->algorithm_name = "nested loops";
}

std::int32_t run(convcheck_plan* plan, void* const operands[4], char*, std::size_t) {
  convolve(plan->problem, static_cast<float*>(operands[CONVCHECK_X]),
           static_cast<float*>(operands[CONVCHECK_W]),
           static_cast<const float*>(operands[CONVCHECK_BIAS]),
           static_cast<float*>(operands[CONVCHECK_Y]));
  return CONVCHECK_OK;
}

void destroy(convcheck_plan* plan) { delete plan; }

const convcheck_peer kPeer = {
    sizeof(convcheck_peer),
    CONVCHECK_PEER_ABI_VERSION,
    "textbook",
    "convcheck 0.1.0",
    "Apache-2.0",
    nullptr,  // no variants
    supports,
    prepare,
    claim,
    nullptr,  // layout: plain
    nullptr,  // import_operand
    nullptr,  // export_operand
    nullptr,  // pack: w comes with every run
    run,
    destroy,
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return host_abi_version == CONVCHECK_PEER_ABI_VERSION ? &kPeer : nullptr;
}
