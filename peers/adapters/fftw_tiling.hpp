// SPDX-License-Identifier: Apache-2.0
// Any of the three operations as sums of correlations, and how they are cut into transforms.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "peers/adapters/adapter.hpp"

namespace fftw_peer {

using adapters::Index;
using Axes = std::array<Index, 3>;

inline Index product(const Axes& a) { return a[0] * a[1] * a[2]; }

// out[g, b, m, j] = sum over c and k of region(source[g, b, c])[j * step + k] * kernel[g, m, c][k],
// where the region is the source with padding (or zeros between its elements) around it:
// per axis, element r of the region is element source_index[r] of the source, or 0 for -1.
struct Correlation {
  int source, kernel, out;                    // operands
  Index groups, b_count, sum_count, m_count;  // of g, b, c, m
  std::array<Index, 3> source_at, kernel_at,
      out_at;  // elements per step of (g, b, c), (g, m, c), (g, b, m)
  Axes source_extent, kernel_extent, out_extent;  // as stored
  Axes reach;                                     // extent of the kernel with its holes
  Axes step;                                      // of the region, per output
  std::array<std::vector<Index>, 3> source_index;
  std::array<std::vector<Index>, 3> kernel_index;  // where each stored tap lies in the reach
  std::array<std::vector<Index>, 3> out_index;     // where each output is stored
};

inline Correlation correlation(const convcheck_problem& p) {
  const Index in = p.in_channels / p.groups;
  const Index out = p.out_channels / p.groups;
  const Index x = adapters::volume(p.x_extent);
  const Index w = adapters::volume(p.w_extent);
  const Index y = adapters::volume(p.y_extent);
  const bool flipped = p.orientation == CONVCHECK_CONVOLUTION;
  Correlation c{};
  c.groups = p.groups;
  const auto axes = [](const Index(&e)[3]) { return Axes{e[0], e[1], e[2]}; };
  const Axes x_extent = axes(p.x_extent), w_extent = axes(p.w_extent), y_extent = axes(p.y_extent);
  switch (p.operation) {
    case CONVCHECK_CONV:
      c.source = CONVCHECK_X, c.kernel = CONVCHECK_W, c.out = CONVCHECK_Y;
      c.b_count = p.batch, c.sum_count = in, c.m_count = out;
      c.source_at = {in * x, p.in_channels * x, x};
      c.kernel_at = {out * in * w, in * w, w};
      c.out_at = {out * y, p.out_channels * y, y};
      c.source_extent = x_extent, c.kernel_extent = w_extent, c.out_extent = y_extent;
      break;
    case CONVCHECK_DECONV:
      c.source = CONVCHECK_Y, c.kernel = CONVCHECK_W, c.out = CONVCHECK_X;
      c.b_count = p.batch, c.sum_count = out, c.m_count = in;
      c.source_at = {out * y, p.out_channels * y, y};
      c.kernel_at = {out * in * w, w, in * w};
      c.out_at = {in * x, p.in_channels * x, x};
      c.source_extent = y_extent, c.kernel_extent = w_extent, c.out_extent = x_extent;
      break;
    default:
      c.source = CONVCHECK_X, c.kernel = CONVCHECK_Y, c.out = CONVCHECK_W;
      c.b_count = in, c.sum_count = p.batch, c.m_count = out;
      c.source_at = {in * x, x, p.in_channels * x};
      c.kernel_at = {out * y, y, p.out_channels * y};
      c.out_at = {out * in * w, w, in * w};
      c.source_extent = x_extent, c.kernel_extent = y_extent, c.out_extent = w_extent;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const Index s = p.stride[a], d = p.dilation[a], pad = p.pad_begin[a];
    const bool deconv = p.operation == CONVCHECK_DECONV, wgrad = p.operation == CONVCHECK_WGRAD;
    const Index hole = wgrad ? s : d;
    c.step[a] = p.operation == CONVCHECK_CONV ? s : wgrad ? d : 1;
    c.reach[a] = (c.kernel_extent[a] - 1) * hole + 1;
    for (Index t = 0; t < c.kernel_extent[a]; ++t) {
      // A deconvolution correlates with the reversed kernel; true convolution reverses it again.
      const bool reversed = !wgrad && deconv != flipped;
      c.kernel_index[a].push_back((reversed ? c.kernel_extent[a] - 1 - t : t) * hole);
    }
    for (Index j = 0; j < c.out_extent[a]; ++j)
      c.out_index[a].push_back(wgrad && flipped ? c.out_extent[a] - 1 - j : j);
    const Index region = (c.out_extent[a] - 1) * c.step[a] + c.reach[a];
    for (Index r = 0; r < region; ++r) {
      if (!deconv) {
        c.source_index[a].push_back(
            adapters::padded_index(r - pad, c.source_extent[a], p.padding_mode));
        continue;
      }
      const Index q = r + pad - (c.reach[a] - 1);
      const bool element = q >= 0 && q % s == 0 && q / s < c.source_extent[a];
      c.source_index[a].push_back(element ? q / s : -1);
    }
  }
  return c;
}

// Extents of the transforms and how many outputs each gives.
struct Tiling {
  Axes size;     // of the transform
  Axes outputs;  // per tile
  Axes tiles;
  [[nodiscard]] Index count() const { return product(tiles); }
  [[nodiscard]] Index elements() const { return product(size); }
  [[nodiscard]] Index frequencies() const { return size[0] * size[1] * (size[2] / 2 + 1); }
};

// The next number whose only prime factors are 2, 3, 5 and 7, which FFTW transforms fastest.
inline Index smooth_size(Index n) {
  for (;; ++n) {
    Index rest = n;
    for (const Index factor : {2, 3, 5, 7})
      while (rest % factor == 0) rest /= factor;
    if (rest == 1) return n;
  }
}

inline Tiling tiling_of(const Correlation& c, const Axes& size) {
  Tiling t{};
  t.size = size;
  for (std::size_t a = 0; a < 3; ++a) {
    const Index valid = size[a] - c.reach[a] + 1;
    t.outputs[a] = std::min(c.out_extent[a], (valid - 1) / c.step[a] + 1);
    t.tiles[a] = (c.out_extent[a] + t.outputs[a] - 1) / t.outputs[a];
  }
  return t;
}

// Floating-point operations of one run: 2.5 N log2 N a real transform, 8 a complex product and sum.
inline double cost(const Correlation& c, const Tiling& t) {
  const auto n = static_cast<double>(t.elements());
  const auto sums = static_cast<double>(c.sum_count), outs = static_cast<double>(c.m_count);
  const double tile = (sums + outs) * 2.5 * n * std::log2(n + 1) +
                      8 * sums * outs * static_cast<double>(t.frequencies());
  return tile * static_cast<double>(t.count());
}

// "padded": one transform over the whole; "overlap_save": the cheapest of several tiles; "": the
// cheapest. Throws Refusal if there is no such tiling.
inline Tiling choose_tiling(const Correlation& c, std::string_view variant) {
  std::array<std::vector<Index>, 3> sizes;
  Axes whole{};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto region = static_cast<Index>(c.source_index[a].size());
    whole[a] = smooth_size(region);
    for (Index size = 2; size < whole[a]; size *= 2)
      if (size >= c.reach[a]) sizes[a].push_back(size);
    sizes[a].push_back(whole[a]);
  }
  const Tiling padded = tiling_of(c, whole);
  if (variant == "padded") return padded;
  Tiling best = padded;
  double least = variant == "overlap_save" ? HUGE_VAL : cost(c, padded);
  for (const Index d : sizes[0])
    for (const Index h : sizes[1])
      for (const Index w : sizes[2]) {
        const Tiling t = tiling_of(c, {d, h, w});
        if (t.count() < 2 || cost(c, t) >= least) continue;
        least = cost(c, t);
        best = t;
      }
  if (least == HUGE_VAL) throw adapters::Refusal{"too small for more than one tile"};
  return best;
}

}  // namespace fftw_peer
