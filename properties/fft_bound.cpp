// SPDX-License-Identifier: Apache-2.0
#include "properties/fft_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "properties/round_up.hpp"

namespace convcheck::properties {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Of one plane of an operand, rounded upwards.
struct Norms {
  double one = 0;
  double two = 0;
};

// Norms of each plane [outer, channels] of a tensor whose elements repeat at most `repeats` times.
std::vector<Norms> plane_norms(const Tensor& t, double repeats) {
  const auto planes = static_cast<std::size_t>(t.shape()[0] * t.shape()[1]);
  std::vector<Norms> norms(planes);
  const std::int64_t size = planes == 0 ? 0 : t.count() / static_cast<std::int64_t>(planes);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      const double v = std::fabs(t.value(static_cast<std::int64_t>(plane) * size + i));
      sum = add_up(sum, v);
      squares = add_up(squares, mul_up(v, v));
    }
    norms[plane] = {mul_up(repeats, sum), up(std::sqrt(mul_up(repeats, squares)))};
    // Not a number is not bounded.
    if (!(norms[plane].two < kInfinity)) norms[plane] = {kInfinity, kInfinity};
  }
  return norms;
}

// How often the padding repeats an element at most.
double repeats(const ConvProblem& p) {
  double product = 1;
  const Axes reach = p.effective_kernel();
  for (std::size_t a = 0; a < 3; ++a) {
    if (p.padding_mode == PaddingMode::kZeros || p.x_extent[a] == 0) continue;
    std::vector<double> count(static_cast<std::size_t>(p.x_extent[a]));
    const std::int64_t region = (p.y_extent[a] - 1) * p.stride[a] + reach[a];
    for (std::int64_t r = 0; r < region; ++r) {
      const std::int64_t i = padded_index(r - p.pad_begin[a], p.x_extent[a], p.padding_mode);
      if (i >= 0) ++count[static_cast<std::size_t>(i)];
    }
    product *= std::max(1.0, *std::max_element(count.begin(), count.end()));
  }
  return product;
}

// Elements of no transform are more than this: twice the linear convolution's on each axis.
double transform_elements(const ConvProblem& p) {
  double elements = 1;
  const Axes reach = p.effective_kernel();
  for (std::size_t a = 0; a < 3; ++a)
    elements *=
        2.0 * static_cast<double>((p.y_extent[a] + 1) * p.stride[a] + reach[a] + p.x_extent[a]);
  return elements;
}

}  // namespace

Result<OutputBounds> fft_output_bounds(const Claim& claim, const ConvProblem& p,
                                       const std::vector<Tensor>& operands,
                                       const reference::OracleResult& oracle) {
  if (!claim.tree_height || *claim.tree_height <= 0)
    return fail(ErrorCode::kUnsupported,
                "no bound for a claim of class fft without a tree height: its constants depend on "
                "the transform");
  if (p.operation == Operation::kDeconv && p.padding_mode != PaddingMode::kZeros)
    return fail(ErrorCode::kUnsupported,
                "no bound for a deconvolution by transforms with padding {}",
                to_string(p.padding_mode));
  const ElementType stored = p.type(p.written());
  const double u = accumulator_roundoff(stored);
  const bool wide = stored == ElementType::kF64;
  const double eta = wide ? 0x1p-1074 : 0x1p-150;
  const double largest = wide ? std::numeric_limits<double>::max()
                              : static_cast<double>(std::numeric_limits<float>::max());
  const auto h = static_cast<double>(*claim.tree_height);
  const double gamma = gamma_up(h, u);
  const double size = transform_elements(p);

  // Operands in the order x, w, bias, y, without the written one.
  const auto operand = [&](Role wanted) -> const Tensor* {
    std::size_t next = 0;
    for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
      if (role == p.written() || (role == Role::kBias && !p.has_bias)) continue;
      if (role == wanted) return &operands[next];
      ++next;
    }
    return nullptr;
  };
  const bool wgrad = p.operation == Operation::kWgrad;
  const Role data = p.operation == Operation::kDeconv ? Role::kY : Role::kX;
  const std::vector<Norms> a = plane_norms(*operand(data), repeats(p));
  const std::vector<Norms> k = plane_norms(*operand(wgrad ? Role::kY : Role::kW), 1);
  const Tensor* bias = operand(Role::kBias);

  const std::int64_t in = p.in_channels / p.groups, out = p.out_channels / p.groups;
  const Shape shape = p.shape(p.written());
  const std::int64_t planes = shape[0] * shape[1];
  const std::int64_t plane_size = planes == 0 ? 0 : element_count(shape) / planes;
  OutputBounds bounds;
  bounds.formula =
      "gamma_h sum |a|_2 |k|_2 of transforms, h = " + std::to_string(*claim.tree_height);
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const std::int64_t outer = plane / shape[1], channel = plane % shape[1];
    double twos = 0, ones = 0, under = 0;
    const auto add = [&](std::int64_t at_a, std::int64_t at_k) {
      const Norms& one = a[static_cast<std::size_t>(at_a)];
      const Norms& other = k[static_cast<std::size_t>(at_k)];
      twos = add_up(twos, mul_up(one.two, other.two));
      ones = add_up(ones, add_up(mul_up(one.one, other.one), add_up(one.one, other.one)));
      under = add_up(under, mul_up(size, add_up(add_up(other.one, 5), mul_up(size, one.one))));
    };
    switch (p.operation) {
      case Operation::kConv:
        for (std::int64_t c = 0; c < in; ++c)
          add(outer * p.in_channels + channel / out * in + c, channel * in + c);
        break;
      case Operation::kDeconv:
        for (std::int64_t m = 0; m < out; ++m) {
          const std::int64_t y_channel = channel / in * out + m;
          add(outer * p.out_channels + y_channel, y_channel * in + channel % in);
        }
        break;
      case Operation::kWgrad:
        for (std::int64_t n = 0; n < p.batch; ++n)
          add(n * p.in_channels + outer / out * in + channel, n * p.out_channels + outer);
    }
    const double offset = bias == nullptr ? 0 : std::fabs(bias->value(channel));
    const double error = add_up(mul_up(gamma, add_up(twos, offset)), mul_up(mul_up(h, eta), under));
    const bool overflows = !(mul_up(2, add_up(ones, offset)) <= largest);
    for (std::int64_t i = 0; i < plane_size; ++i) {
      const double v = oracle.value.value(plane * plane_size + i);
      bounds.absolute.push_back(overflows ? kInfinity : add_up(error, half_ulp(v, stored)));
      if (!(bounds.absolute.back() < kInfinity)) ++bounds.unpromised;
    }
  }
  return bounds;
}

}  // namespace convcheck::properties
