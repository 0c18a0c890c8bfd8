// SPDX-License-Identifier: Apache-2.0
#include "properties/planted_winograd.hpp"

#include <array>

namespace convcheck::properties {
namespace {

using Tile = std::array<std::array<float, 4>, 4>;

// The 1-D transforms, applied to rows and columns of a tile by `both`.
std::array<float, 4> input(const std::array<float, 4>& d) {
  return {d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]};
}
std::array<float, 4> filter(const std::array<float, 4>& g) {
  return {g[0], (g[0] + g[1] + g[2]) * 0.5F, (g[0] - g[1] + g[2]) * 0.5F, g[2]};
}
std::array<float, 4> output(const std::array<float, 4>& m) {
  return {m[0] + m[1] + m[2], m[1] - m[2] - m[3], 0, 0};
}

template <typename Transform>
Tile both(Tile t, Transform transform) {
  for (int pass = 0; pass < 2; ++pass) {
    Tile turned{};
    for (std::size_t i = 0; i < 4; ++i) {
      const std::array<float, 4> row = transform(t[i]);
      for (std::size_t j = 0; j < 4; ++j) turned[j][i] = row[j];
    }
    t = turned;
  }
  return t;
}

}  // namespace

bool winograd_fits(const ConvProblem& p) {
  return p.operation == Operation::kConv && p.rank == 2 && p.y_type == ElementType::kF32 &&
         p.w_extent == Axes{1, 3, 3} && p.stride == Axes{1, 1, 1} && p.dilation == Axes{1, 1, 1} &&
         p.padding_mode == PaddingMode::kZeros && p.orientation == Orientation::kCrossCorrelation;
}

Claim winograd_claim(const ConvProblem& p) {
  return {winograd_fits(p) ? AlgorithmClass::kWinograd : AlgorithmClass::kDirect, std::nullopt,
          true, true, false};
}

bool winograd_tiles(const ConvProblem& p, const Operands& operands, std::span<float> results,
                    const WinogradTwist& twist) {
  if (!winograd_fits(p)) return false;
  const auto* x = static_cast<const float*>(operands.x);
  const auto* w = static_cast<const float*>(operands.w);
  const auto* bias = static_cast<const float*>(operands.bias);
  const std::int64_t group_inputs = p.in_channels / p.groups;
  const std::int64_t group_outputs = p.out_channels / p.groups;
  const std::int64_t rows = p.y_extent[1];
  const std::int64_t columns = p.y_extent[2];
  const std::int64_t top = twist.padding < 0 ? p.pad_begin[1] : twist.padding;
  const std::int64_t left = twist.padding < 0 ? p.pad_begin[2] : twist.padding;
  const auto x_at = [&](std::int64_t plane, std::int64_t row, std::int64_t column) {
    const bool inside = row >= 0 && row < p.x_extent[1] && column >= 0 && column < p.x_extent[2];
    return inside ? x[(plane * p.x_extent[1] + row) * p.x_extent[2] + column] : 0.0F;
  };
  for (std::int64_t plane = 0; plane < p.batch * p.out_channels; ++plane) {
    const std::int64_t m = plane % p.out_channels;
    const std::int64_t first = plane / p.out_channels * p.in_channels;
    for (std::int64_t row = 0; row < rows; row += 2) {
      for (std::int64_t column = 0; column < columns; column += 2) {
        Tile sum{};
        for (std::int64_t c = 0; c < group_inputs; ++c) {
          Tile data{};
          Tile taps{};
          for (std::int64_t i = 0; i < 4; ++i) {
            for (std::int64_t j = 0; j < 4; ++j) {
              const auto u = static_cast<std::size_t>(i);
              const auto v = static_cast<std::size_t>(j);
              data[u][v] = x_at(first + m / group_outputs * group_inputs + c, row + i - top,
                                column / 2 * twist.step + j - left);
              if (i < 3 && j < 3) taps[u][v] = w[((m * group_inputs + c) * 3 + i) * 3 + j];
            }
          }
          data = both(data, input);
          taps = both(taps, filter);
          for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j) sum[i][j] += data[i][j] * taps[i][j];
        }
        sum = both(sum, output);
        for (std::int64_t i = row; i < std::min(row + 2, rows); ++i) {
          for (std::int64_t j = column; j < std::min(column + 2, columns); ++j) {
            const bool left_out = twist.whole_tiles_only && column + 2 > columns;
            const float found =
                sum[static_cast<std::size_t>(i - row)][static_cast<std::size_t>(j - column)];
            results[static_cast<std::size_t>((plane * rows + i) * columns + j)] =
                (bias == nullptr ? 0.0F : bias[m]) + (left_out ? 0.0F : found);
          }
        }
      }
    }
  }
  return true;
}

}  // namespace convcheck::properties
