// SPDX-License-Identifier: Apache-2.0
// The same operations written the other way round: from every element of x and every tap to the
// elements of y that see it. Shares no index arithmetic with the definition; for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "reference/definition.hpp"

namespace convcheck::reference {

/// The positions e of the padded axis, low <= e <= high, whose value is x[i]: the preimages of i
/// under the padding mode.
inline std::vector<std::int64_t> padded_preimages(std::int64_t i, std::int64_t extent,
                                                  PaddingMode mode, std::int64_t low,
                                                  std::int64_t high) {
  std::vector<std::int64_t> list;
  // Every e in [low, high] that is congruent to `start` modulo `period`.
  const auto add_class = [&](std::int64_t start, std::int64_t period) {
    std::int64_t e = start;
    while (e - period >= low) e -= period;
    while (e < low) e += period;
    for (; e <= high; e += period) list.push_back(e);
  };
  const bool single = extent == 1;  // Every mode but zeros copies the one element everywhere.
  if (mode == PaddingMode::kZeros) {
    if (i >= low && i <= high) list.push_back(i);
  } else if (single || mode == PaddingMode::kCircular) {
    add_class(i, extent);
  } else if (mode == PaddingMode::kReflect) {
    add_class(i, 2 * extent - 2);
    if (i != 0 && i != extent - 1) add_class(-i, 2 * extent - 2);
  } else {
    for (std::int64_t e = low; e <= high; ++e)
      if (e == i || (e < 0 && i == 0) || (e >= extent && i == extent - 1)) list.push_back(e);
  }
  return list;
}

/// Calls body(x index, w index, y index) for every term of the trilinear form whose tap lies inside
/// x, found from x and the taps.
template <class Body>
void for_each_reached(const ConvProblem& p, Body&& body) {
  struct Reach {
    std::int64_t i, tap, o;
  };
  // All (i, stored tap, o) of an axis.
  std::array<std::vector<Reach>, 3> reach;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t low = -p.pad_begin[a];
    const std::int64_t high =
        (p.y_extent[a] - 1) * p.stride[a] + (p.w_extent[a] - 1) * p.dilation[a] + low;
    for (std::int64_t i = 0; i < p.x_extent[a]; ++i)
      for (const std::int64_t e : padded_preimages(i, p.x_extent[a], p.padding_mode, low, high))
        for (std::int64_t t = 0; t < p.w_extent[a]; ++t) {
          const std::int64_t steps = e - low - t * p.dilation[a];
          if (steps < 0 || steps % p.stride[a] != 0 || steps / p.stride[a] >= p.y_extent[a])
            continue;
          const bool flipped = p.orientation == Orientation::kConvolution;
          reach[a].push_back({i, flipped ? p.w_extent[a] - 1 - t : t, steps / p.stride[a]});
        }
  }
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  for (const Reach& d : reach[0])
    for (const Reach& h : reach[1])
      for (const Reach& w : reach[2])
        for (std::int64_t n = 0; n < p.batch; ++n)
          for (std::int64_t c = 0; c < p.in_channels; ++c)
            for (std::int64_t m = c / in * out; m < (c / in + 1) * out; ++m) {
              const auto xi = static_cast<std::size_t>(
                  w.i +
                  p.x_extent[2] *
                      (h.i + p.x_extent[1] * (d.i + p.x_extent[0] * (n * p.in_channels + c))));
              const auto wi = static_cast<std::size_t>(
                  w.tap +
                  p.w_extent[2] *
                      (h.tap + p.w_extent[1] * (d.tap + p.w_extent[0] * (m * in + c % in))));
              const auto yi = static_cast<std::size_t>(
                  w.o +
                  p.y_extent[2] *
                      (h.o + p.y_extent[1] * (d.o + p.y_extent[0] * (n * p.out_channels + m))));
              body(xi, wi, yi);
            }
}

/// As definition(), by loops over x and taps.
template <class Real>
std::vector<Real> scatter(const ConvProblem& p, const Values<Real>& v) {
  std::vector<Real> written(static_cast<std::size_t>(element_count(p.shape(p.written()))), Real(0));
  const auto x = [&](std::size_t i) { return Real(v.x[i] - Real(p.x_zero_point)); };
  const auto w = [&](std::size_t i) { return Real(v.w[i] - Real(p.w_zero_point)); };
  for_each_reached(p, [&](std::size_t xi, std::size_t wi, std::size_t yi) {
    if (p.operation == Operation::kConv) written[yi] += x(xi) * w(wi);
    if (p.operation == Operation::kDeconv) written[xi] += v.y[yi] * w(wi);
    if (p.operation == Operation::kWgrad) written[wi] += x(xi) * v.y[yi];
  });
  if (p.has_bias && !written.empty()) {
    const std::size_t block = written.size() / static_cast<std::size_t>(p.batch) / v.bias.size();
    for (std::size_t i = 0; i < written.size(); ++i)
      written[i] += v.bias[(i / block) % v.bias.size()];
  }
  return written;
}

}  // namespace convcheck::reference
