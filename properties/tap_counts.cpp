// SPDX-License-Identifier: Apache-2.0
#include "properties/tap_counts.hpp"

#include <array>
#include <utility>
#include <vector>

namespace convcheck::properties {

Tensor ones(ElementType type, Shape shape) {
  Tensor t(type, std::move(shape));
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_value(i, 1);
  return t;
}

Tensor tap_counts(const ConvProblem& p) {
  const bool conv = p.operation == Operation::kConv;
  const Axes& extent = conv ? p.y_extent : p.x_extent;
  // Terms along each axis; a term of the result is one along every axis.
  std::array<std::vector<std::int64_t>, 3> counts;
  for (std::size_t a = 0; a < 3; ++a) {
    counts[a].assign(static_cast<std::size_t>(extent[a]), 0);
    for (std::int64_t o = 0; o < p.y_extent[a]; ++o) {
      for (std::int64_t t = 0; t < p.w_extent[a]; ++t) {
        const std::int64_t i = padded_index(o * p.stride[a] + t * p.dilation[a] - p.pad_begin[a],
                                            p.x_extent[a], p.padding_mode);
        if (i >= 0) ++counts[a][static_cast<std::size_t>(conv ? o : i)];
      }
    }
  }
  const std::int64_t channels = (conv ? p.in_channels : p.out_channels) / p.groups;
  Tensor result(p.type(p.written()), p.shape(p.written()));
  for (std::int64_t i = 0; i < result.count(); ++i) {
    const auto at = [&](std::size_t a, std::int64_t index) {
      return counts[a][static_cast<std::size_t>(index % extent[a])];
    };
    result.set_rounded(i, static_cast<double>(channels * at(2, i) * at(1, i / extent[2]) *
                                              at(0, i / extent[2] / extent[1])));
  }
  return result;
}

}  // namespace convcheck::properties
