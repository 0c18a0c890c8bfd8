// SPDX-License-Identifier: Apache-2.0
#include "properties/winograd_bound.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "properties/round_up.hpp"

namespace convcheck::properties {
namespace {

using Matrix = Eigen::MatrixXd;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Matrix matrix(int rows, int columns, const std::vector<double>& entries) {
  Matrix m(rows, columns);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) m(i, j) = entries[static_cast<std::size_t>(i * columns + j)];
  return m;
}

// Row p of G is (1, p, p^2) / product over the other finite points q of (p - q), up to the sign
// that the row's column in A^T takes; the last one, for infinity, is (0, 0, 1).
std::vector<WinogradVariant> make_variants() {
  std::vector<WinogradVariant> variants;
  variants.push_back({.name = "F(2x2,3x3) at 0, +-1",
                      .algorithm = "wino_2x3",
                      .input = matrix(4, 4, {1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1}),
                      .filter = matrix(4, 3, {1, 0, 0, .5, .5, .5, .5, -.5, .5, 0, 0, 1}),
                      .output = matrix(2, 4, {1, 1, 1, 0, 0, 1, -1, -1}),
                      // Products by 1/2 are exact: one sum of two, and two sums of three.
                      .input_roundings = 1,
                      .filter_roundings = 2,
                      .output_roundings = 2});
  const double a = 0.625;
  const double b = 1.5;
  // Denominators of G at +-a and +-b: the product of the differences to the other finite points.
  const double na = 2 * a * a * (a * a - b * b);
  const double nb = 2 * b * b * (b * b - a * a);
  variants.push_back(
      {.name = "F(4x4,3x3) at 0, +-5/8, +-3/2",
       .algorithm = "wino_4x3",
       .input = matrix(6, 6,
                       {a * a * b * b,
                        0,
                        -a * a - b * b,
                        0,
                        1,
                        0,  //
                        0,
                        -a * b * b,
                        -b * b,
                        a,
                        1,
                        0,  //
                        0,
                        a * b * b,
                        -b * b,
                        -a,
                        1,
                        0,  //
                        0,
                        -a * a * b,
                        -a * a,
                        b,
                        1,
                        0,  //
                        0,
                        a * a * b,
                        -a * a,
                        -b,
                        1,
                        0,  //
                        0,
                        a * a * b * b,
                        0,
                        -a * a - b * b,
                        0,
                        1}),
       .filter = matrix(6, 3,
                        {1 / (a * a * b * b), 0, 0,                                //
                         1 / na, a / na, a * a / na, 1 / na, -a / na, a * a / na,  //
                         1 / nb, b / nb, b * b / nb, 1 / nb, -b / nb, b * b / nb,  //
                         0, 0, 1}),
       .output = matrix(4, 6, {1, 1,         1,          1,         1,          0,  //
                               0, a,         -a,         b,         -b,         0,  //
                               0, a * a,     a * a,      b * b,     b * b,      0,  //
                               0, a * a * a, -a * a * a, b * b * b, -b * b * b, 1}),
       // x1: times -9/4, plus x3, times 5/8, plus t0; an entry of G, its product, two sums;
       // o1 - o2, its product, a fused sum, plus o5.
       .input_roundings = 4,
       .filter_roundings = 4,
       .output_roundings = 4});
  variants.push_back(
      {.name = "F(4x4,3x3) at 0, +-1, +-2",
       .algorithm = "",
       .input = matrix(6, 6, {4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
                              0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1}),
       .filter = matrix(6, 3,
                        {1. / 4, 0, 0, -1. / 6, -1. / 6, -1. / 6, -1. / 6, 1. / 6, -1. / 6, 1. / 24,
                         1. / 12, 1. / 6, 1. / 24, -1. / 12, 1. / 6, 0, 0, 1}),
       .output = matrix(
           4, 6, {1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1}),
       // Four terms with a product by 5; an entry, its product, two sums; five terms.
       .input_roundings = 4,
       .filter_roundings = 4,
       .output_roundings = 4});
  return variants;
}

// The problem as a convolution of stride 1: which channels are read, written and summed, and where
// data and taps lie.
struct View {
  ConvProblem p;
  const Tensor* data;
  const Tensor* weights;
  const Tensor* bias;
  bool deconv;
  std::int64_t sum_channels, out_channels;  // Per group.
  std::array<std::int64_t, 2> data_extent, out_extent, pad;

  // |value| of the data that output position i reads through tap 0, tiles running past both ends.
  [[nodiscard]] double data_at(std::int64_t n, std::int64_t channel, std::int64_t h,
                               std::int64_t w) const {
    const PaddingMode mode = deconv ? PaddingMode::kZeros : p.padding_mode;
    const std::int64_t i = padded_index(h, data_extent[0], mode);
    const std::int64_t j = padded_index(w, data_extent[1], mode);
    if (i < 0 || j < 0) return 0;
    const std::int64_t channels = data->shape()[1];
    return std::fabs(
        data->value(((n * channels + channel) * data_extent[0] + i) * data_extent[1] + j));
  }
  // |g| of the tap that meets data at offset (r, s) of the output position.
  [[nodiscard]] double tap_at(std::int64_t group, std::int64_t out, std::int64_t in, std::int64_t r,
                              std::int64_t s) const {
    const std::int64_t k = p.w_extent[1];
    const bool flipped = deconv != (p.orientation == Orientation::kConvolution);
    if (flipped) {
      r = k - 1 - r;
      s = k - 1 - s;
    }
    const std::int64_t y_channel = deconv ? group * sum_channels + in : group * out_channels + out;
    const std::int64_t x_channel = deconv ? out : in;
    return std::fabs(
        weights->value(((y_channel * (p.in_channels / p.groups) + x_channel) * k + r) * k + s));
  }
};

Result<View> view_of(const WinogradVariant& v, const ConvProblem& p,
                     const std::vector<Tensor>& operands) {
  const auto fits = [&](std::size_t axis) {
    return p.w_extent[axis] == v.kernel() && p.stride[axis] == 1 && p.dilation[axis] == 1;
  };
  if (p.operation == Operation::kWgrad || p.rank != 2 || !fits(1) || !fits(2) ||
      (p.operation == Operation::kDeconv && p.padding_mode != PaddingMode::kZeros))
    return fail(ErrorCode::kUnsupported,
                "{} computes no {}: it needs conv or deconv of rank 2, "
                "kernel {}x{}, stride 1, dense",
                v.name, to_string(p), v.kernel(), v.kernel());
  View view{.p = p,
            .data = nullptr,
            .weights = nullptr,
            .bias = nullptr,
            .deconv = p.operation == Operation::kDeconv,
            .sum_channels = p.in_channels / p.groups,
            .out_channels = p.out_channels / p.groups,
            .data_extent = {p.x_extent[1], p.x_extent[2]},
            .out_extent = {p.y_extent[1], p.y_extent[2]},
            .pad = {p.pad_begin[1], p.pad_begin[2]}};
  std::size_t index = 0;
  for (const OperandSpec& spec : operand_specs(p)) {
    if (spec.written) continue;
    const Tensor& t = operands[index++];
    if (spec.role == p.data_input()) view.data = &t;
    if (spec.role == Role::kW) view.weights = &t;
    if (spec.role == Role::kBias) view.bias = &t;
  }
  if (view.deconv) {
    // x[i] = sum y[i + p - t] w[t]: with r = k-1-t a convolution of padding k-1-p, kernel flipped.
    std::swap(view.sum_channels, view.out_channels);
    std::swap(view.data_extent, view.out_extent);
    for (std::int64_t& pad : view.pad) pad = v.kernel() - 1 - pad;
  }
  return view;
}

double largest_finite(const Tensor& t) {
  double largest = 0;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double v = std::fabs(t.value(i));
    if (std::isfinite(v)) largest = std::max(largest, v);
  }
  return largest;
}

double row_sum(const Matrix& m) { return std::max(1.0, m.cwiseAbs().rowwise().sum().maxCoeff()); }

// Rounding in the bracket's own evaluation: every term passes four passes of at most 6 terms, one
// product and a sum over channels, in double and any order.
double evaluation_slack(const View& view) {
  return 1 + 2 * (static_cast<double>(view.sum_channels) + 64) * 0x1p-53;
}

// One group's |G| |g| |G^T| for a block of output channels: [alpha^2] matrices [block,
// sum_channels].
std::vector<Matrix> filter_brackets(const WinogradVariant& v, const View& view, std::int64_t group,
                                    Range block) {
  const auto alpha = static_cast<std::size_t>(v.filter.rows());
  const Matrix g = v.filter.cwiseAbs();
  std::vector<Matrix> u(alpha * alpha, Matrix(block.end - block.begin, view.sum_channels));
  Matrix taps(v.kernel(), v.kernel());
  for (std::int64_t k = block.begin; k < block.end; ++k) {
    for (std::int64_t c = 0; c < view.sum_channels; ++c) {
      for (int r = 0; r < v.kernel(); ++r)
        for (int s = 0; s < v.kernel(); ++s) taps(r, s) = view.tap_at(group, k, c, r, s);
      const Matrix transformed = g * taps * g.transpose();
      for (std::size_t e = 0; e < u.size(); ++e)
        u[e](k - block.begin, c) =
            transformed(static_cast<int>(e / alpha), static_cast<int>(e % alpha));
    }
  }
  return u;
}

struct TileBlock {
  std::int64_t image, first_row, rows, columns;  // Rows and columns of tiles.
};

// |B^T| |d| |B| of a block of tiles: [alpha^2] matrices [sum_channels, rows * columns].
std::vector<Matrix> data_brackets(const WinogradVariant& v, const View& view, std::int64_t group,
                                  const TileBlock& block) {
  const auto alpha = static_cast<std::size_t>(v.input.rows());
  const Matrix b = v.input.cwiseAbs();
  const std::int64_t tiles = block.rows * block.columns;
  std::vector<Matrix> d(alpha * alpha, Matrix(view.sum_channels, tiles));
  Matrix patch(alpha, alpha);
  for (std::int64_t c = 0; c < view.sum_channels; ++c) {
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t h = (block.first_row + t / block.columns) * v.tile() - view.pad[0];
      const std::int64_t w = t % block.columns * v.tile() - view.pad[1];
      for (int i = 0; i < static_cast<int>(alpha); ++i)
        for (int j = 0; j < static_cast<int>(alpha); ++j)
          patch(i, j) = view.data_at(block.image, group * view.sum_channels + c, h + i, w + j);
      const Matrix transformed = b * patch * b.transpose();
      for (std::size_t e = 0; e < d.size(); ++e)
        d[e](c, t) = transformed(static_cast<int>(e / alpha), static_cast<int>(e % alpha));
    }
  }
  return d;
}

// Adds |A^T| M |A| of a block of tiles and channels to the outputs it covers.
void store_brackets(const WinogradVariant& v, const View& view, std::int64_t group, Range channels,
                    const TileBlock& block, const std::vector<Matrix>& products,
                    std::vector<double>& bracket) {
  const auto alpha = static_cast<std::size_t>(v.output.cols());
  const Matrix a = v.output.cwiseAbs();
  const double slack = evaluation_slack(view);
  Matrix m(alpha, alpha);
  const std::int64_t out_channels = view.out_channels * view.p.groups;
  for (std::int64_t k = channels.begin; k < channels.end; ++k) {
    const std::int64_t channel = group * view.out_channels + k;
    const double bias = view.bias == nullptr ? 0 : std::fabs(view.bias->value(channel));
    for (std::int64_t t = 0; t < block.rows * block.columns; ++t) {
      for (std::size_t e = 0; e < products.size(); ++e)
        m(static_cast<int>(e / alpha), static_cast<int>(e % alpha)) =
            products[e](k - channels.begin, t);
      const Matrix y = a * m * a.transpose();
      const std::int64_t h0 = (block.first_row + t / block.columns) * v.tile();
      const std::int64_t w0 = t % block.columns * v.tile();
      for (std::int64_t h = h0; h < std::min(h0 + v.tile(), view.out_extent[0]); ++h)
        for (std::int64_t w = w0; w < std::min(w0 + v.tile(), view.out_extent[1]); ++w)
          bracket[static_cast<std::size_t>(
              ((block.image * out_channels + channel) * view.out_extent[0] + h) *
                  view.out_extent[1] +
              w)] = add_up(mul_up(y(h - h0, w - w0), slack), bias);
    }
  }
}

// What underflow may add to any output, and infinity if any intermediate may overflow. A 1-D pass
// makes at most 2 alpha products an output, each losing eta at most, enlarged by later factors of
// the pass and by the next pass (row sums L), and doubled for the roundings on the way.
double underflow_bound(const WinogradVariant& v, const View& view) {
  constexpr double kEta = 0x1p-150;
  const auto alpha = static_cast<double>(v.input.rows());
  const double lb = row_sum(v.input);
  const double lg = row_sum(v.filter);
  const double la = row_sum(v.output);
  const auto two_passes = [&](double l) { return 4 * alpha * kEta * l * (1 + l); };
  const double largest_v = 2 * lb * lb * largest_finite(*view.data);
  const double largest_u = 2 * lg * lg * largest_finite(*view.weights);
  const double c = static_cast<double>(view.sum_channels);
  const double bias = view.bias == nullptr ? 0 : largest_finite(*view.bias);
  const double largest_f32 = std::numeric_limits<float>::max();
  if (largest_u > largest_f32 || largest_v > largest_f32 ||
      2 * la * la * c * largest_u * largest_v + bias > largest_f32)
    return kInfinity;
  const double eu = two_passes(lg);
  const double ev = two_passes(lb);
  const double em = 2 * c * (eu * largest_v + ev * largest_u + eu * ev + kEta);
  return 2 * (la * la * em + two_passes(la));
}

}  // namespace

std::span<const WinogradVariant> winograd_variants() {
  static const std::vector<WinogradVariant> variants = make_variants();
  return variants;
}

Result<std::vector<double>> winograd_bracket(const WinogradVariant& variant,
                                             const ConvProblem& problem,
                                             const std::vector<Tensor>& operands) {
  CONVCHECK_ASSIGN(const View view, view_of(variant, problem, operands));
  const Shape out_shape = problem.shape(problem.written());
  std::vector<double> bracket(static_cast<std::size_t>(element_count(out_shape)), 0);
  if (bracket.empty()) return bracket;
  const std::int64_t tile_rows = ceil_div(view.out_extent[0], variant.tile());
  const std::int64_t tile_columns = ceil_div(view.out_extent[1], variant.tile());
  // Blocks keep the transformed weights and tiles within some tens of megabytes.
  constexpr std::int64_t kChannelBlock = 64;
  constexpr std::int64_t kTileBlock = 256;
  const std::int64_t rows_per_block = std::max<std::int64_t>(1, kTileBlock / tile_columns);
  for (std::int64_t group = 0; group < problem.groups; ++group) {
    for (std::int64_t k = 0; k < view.out_channels; k += kChannelBlock) {
      const Range channels{k, std::min(k + kChannelBlock, view.out_channels)};
      const std::vector<Matrix> u = filter_brackets(variant, view, group, channels);
      for (std::int64_t n = 0; n < problem.batch; ++n) {
        for (std::int64_t row = 0; row < tile_rows; row += rows_per_block) {
          const TileBlock block{n, row, std::min(rows_per_block, tile_rows - row), tile_columns};
          const std::vector<Matrix> d = data_brackets(variant, view, group, block);
          std::vector<Matrix> products;
          products.reserve(u.size());
          for (std::size_t e = 0; e < u.size(); ++e) products.emplace_back(u[e] * d[e]);
          store_brackets(variant, view, group, channels, block, products, bracket);
        }
      }
    }
  }
  return bracket;
}

Result<OutputBounds> winograd_output_bounds(const Claim& claim, std::string_view algorithm,
                                            const ConvProblem& problem,
                                            const std::vector<Tensor>& operands,
                                            const reference::OracleResult& oracle) {
  if (problem.type(problem.written()) != ElementType::kF32)
    return fail(ErrorCode::kUnsupported, "no bound for Winograd in {}",
                to_string(problem.type(problem.written())));
  if (claim.flushes_subnormals)
    return fail(ErrorCode::kUnsupported, "no bound for Winograd that flushes subnormals");
  std::vector<const WinogradVariant*> candidates;
  for (const WinogradVariant& v : winograd_variants())
    if (!v.algorithm.empty() && algorithm.find(v.algorithm) != std::string_view::npos)
      candidates.push_back(&v);
  if (candidates.empty())
    for (const WinogradVariant& v : winograd_variants()) candidates.push_back(&v);

  OutputBounds bounds;
  bounds.absolute.assign(static_cast<std::size_t>(oracle.value.count()), 0);
  for (const WinogradVariant* v : candidates) {
    CONVCHECK_ASSIGN(const std::vector<double> bracket, winograd_bracket(*v, problem, operands));
    CONVCHECK_ASSIGN(const View view, view_of(*v, problem, operands));
    const double underflow = underflow_bound(*v, view);
    const std::int64_t mu = view.sum_channels + (problem.has_bias ? 1 : 0) +
                            2 * (v->input_roundings + v->filter_roundings + v->output_roundings);
    const double gamma = gamma_up(static_cast<double>(mu), 0x1p-24);
    for (std::size_t i = 0; i < bracket.size(); ++i) {
      const double error = add_up(mul_up(gamma, bracket[i]), underflow);
      bounds.absolute[i] = std::isnan(error) ? kInfinity : std::max(bounds.absolute[i], error);
    }
    bounds.formula +=
        fmt::format("{}gamma_{} bracket of {}", bounds.formula.empty() ? "" : ", ", mu, v->name);
  }
  for (std::size_t i = 0; i < bounds.absolute.size(); ++i) {
    const double v = oracle.value.value(static_cast<std::int64_t>(i));
    bounds.absolute[i] = std::isfinite(bounds.absolute[i])
                             ? add_up(bounds.absolute[i], half_ulp(v, ElementType::kF32))
                             : kInfinity;
    if (std::isinf(bounds.absolute[i])) ++bounds.unpromised;
  }
  return bounds;
}

}  // namespace convcheck::properties
