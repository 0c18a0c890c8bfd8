// SPDX-License-Identifier: Apache-2.0
// What a convolution is: the trilinear form of ConvProblem as nested loops over any number type.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/problem.hpp"

namespace convcheck::reference {

/// The values of one problem's operands; the written one (and an absent bias) stays empty.
template <class Real>
struct Values {
  std::vector<Real> x, w, bias, y;
};

/// What the operation of the (valid) problem writes, computed in Real without any rounding but its
/// own:
///
///   conv    y[n, m, o] = bias[m] + sum over c, t of x[n, c, i] w[m, c, t']
///   deconv  x[n, c, i] = bias[c] + sum over m, t and o that reach i of y[n, m, o] w[m, c, t']
///   wgrad   w[m, c, t'] = sum over n, o of y[n, m, o] x[n, c, i]
///
/// with i = map(o*stride + t*dilation - pad_begin) on every axis and zero points subtracted first;
/// a tap outside x contributes no term (so a NaN weight on it is never seen). Shapes as in
/// ConvProblem.
template <class Real>
std::vector<Real> definition(const ConvProblem& p, const Values<Real>& v) {
  const auto at = [](std::int64_t outer, const Axes& index, const Axes& extent) {
    return static_cast<std::size_t>(
        ((outer * extent[0] + index[0]) * extent[1] + index[1]) * extent[2] + index[2]);
  };
  const auto for_each = [](const Axes& extent, auto&& body) {
    Axes i{};
    for (i[0] = 0; i[0] < extent[0]; ++i[0])
      for (i[1] = 0; i[1] < extent[1]; ++i[1])
        for (i[2] = 0; i[2] < extent[2]; ++i[2]) body(i);
  };
  const std::int64_t channels = p.in_channels / p.groups;
  const Shape shape = p.shape(p.written());
  std::vector<Real> out(static_cast<std::size_t>(element_count(shape)), Real(0));
  if (p.has_bias) {
    const std::size_t positions =
        out.empty() ? 1 : static_cast<std::size_t>(element_count(shape) / (shape[0] * shape[1]));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = v.bias[i / positions % v.bias.size()];
  }
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t m = 0; m < p.out_channels; ++m)
      for_each(p.y_extent, [&](const Axes& o) {
        for (std::int64_t c = 0; c < channels; ++c)
          for_each(p.w_extent, [&](const Axes& t) {
            Axes i{};
            Axes tap{};
            for (std::size_t a = 0; a < 3; ++a) {
              i[a] = padded_index(o[a] * p.stride[a] + t[a] * p.dilation[a] - p.pad_begin[a],
                                  p.x_extent[a], p.padding_mode);
              if (i[a] < 0) return;
              tap[a] = p.orientation == Orientation::kConvolution ? p.w_extent[a] - 1 - t[a] : t[a];
            }
            const std::int64_t group = m / (p.out_channels / p.groups);
            const auto xi = at(n * p.in_channels + group * channels + c, i, p.x_extent);
            const auto wi = at(m * channels + c, tap, p.w_extent);
            const auto yi = at(n * p.out_channels + m, o, p.y_extent);
            const auto x = [&] { return Real(v.x[xi] - Real(p.x_zero_point)); };
            const auto w = [&] { return Real(v.w[wi] - Real(p.w_zero_point)); };
            if (p.operation == Operation::kConv) out[yi] += x() * w();
            if (p.operation == Operation::kDeconv) out[xi] += v.y[yi] * w();
            if (p.operation == Operation::kWgrad) out[wi] += x() * v.y[yi];
          });
      });
  return out;
}

}  // namespace convcheck::reference
