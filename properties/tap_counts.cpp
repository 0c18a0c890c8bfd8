// SPDX-License-Identifier: Apache-2.0
#include "properties/tap_counts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

double largest_sum(const ConvProblem& p, const Tensor& b, double (*magnitude)(double)) {
  const bool wgrad = p.operation == Operation::kWgrad;
  const std::int64_t channels = p.in_channels / p.groups;
  std::vector<double> sums(
      static_cast<std::size_t>(p.operation == Operation::kDeconv ? p.in_channels : p.out_channels),
      0);
  if (b.count() == 0) return 0;
  // Elements that lie together: the taps of one (m, c) of w, the positions of one (n, m) of y.
  const std::int64_t run = b.count() / (b.shape()[0] * b.shape()[1]);
  for (std::int64_t i = 0; i < b.count(); ++i) {
    const std::int64_t row = i / run / b.shape()[1];
    const std::int64_t column = i / run % b.shape()[1];
    std::int64_t sum = wgrad ? column : row;
    if (p.operation == Operation::kDeconv)
      sum = row / (p.out_channels / p.groups) * channels + column;
    sums[static_cast<std::size_t>(sum)] += magnitude(b.value(i));
  }
  return *std::max_element(sums.begin(), sums.end());
}

double nonzero_terms(const ConvProblem& p, const Tensor& b) {
  const auto terms = static_cast<double>(p.term_count());
  const double bias = p.has_bias ? 1 : 0;
  // What term_count counts more often than b has it: a padding mode that folds.
  const std::int64_t sums = p.operation == Operation::kDeconv ? p.in_channels : p.out_channels;
  const double once =
      static_cast<double>(b.count()) / static_cast<double>(std::max<std::int64_t>(1, sums));
  const double folds = once > 0 ? std::ceil((terms - bias) / once) : 1;
  const double met = largest_sum(p, b, [](double v) { return v == 0 ? 0.0 : 1.0; });
  return std::max(1.0, std::min(terms, met * folds + bias));
}

}  // namespace convcheck::properties
