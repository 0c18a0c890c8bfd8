// SPDX-License-Identifier: Apache-2.0
#include "core/problem.hpp"

#include <algorithm>
#include <utility>

#include "core/geometry.hpp"
#include "core/wide.hpp"

namespace convcheck {
namespace {

// Every count of elements, and every index that an extent, a stride and a padding can form, stays
// below this, so that 64-bit arithmetic on valid problems never overflows.
constexpr Int128 kIndexLimit = Int128{1} << 60;

double product(const Axes& a) {
  return static_cast<double>(a[0]) * static_cast<double>(a[1]) * static_cast<double>(a[2]);
}

Shape with_axes(std::int64_t outer, std::int64_t channels, const Axes& extent, int first_axis) {
  Shape shape{outer, channels};
  shape.insert(shape.end(), extent.begin() + first_axis, extent.end());
  return shape;
}

Status check_count(const char* what, const Shape& shape) {
  // Zeros count as ones: a tensor without elements must not hide extents that overflow together.
  Int128 count = 1;
  for (const std::int64_t extent : shape) {
    count *= std::max<std::int64_t>(1, extent);
    if (count >= kIndexLimit)
      return fail(ErrorCode::kInvalidProblem, "{} {} has 2^60 elements or more", what,
                  to_string(shape));
  }
  return {};
}

Status check_axis(const ConvProblem& p, int axis) {
  const char letter = kAxisLetters[static_cast<std::size_t>(axis)];
  const auto a = static_cast<std::size_t>(axis);
  if (p.x_extent[a] < 0)
    return fail(ErrorCode::kInvalidProblem, "x_extent.{} is {}; an extent is at least 0", letter,
                p.x_extent[a]);
  if (p.y_extent[a] < 0)
    return fail(ErrorCode::kInvalidProblem, "y_extent.{} is {}; an extent is at least 0", letter,
                p.y_extent[a]);
  if (p.w_extent[a] < 1)
    return fail(ErrorCode::kInvalidProblem, "w_extent.{} is {}; a kernel has at least one tap",
                letter, p.w_extent[a]);
  if (p.stride[a] < 1)
    return fail(ErrorCode::kInvalidProblem, "stride.{} is {}; a stride is at least 1", letter,
                p.stride[a]);
  if (p.dilation[a] < 1)
    return fail(ErrorCode::kInvalidProblem,
                "dilation.{} is {}; a dilation is at least 1, which is dense", letter,
                p.dilation[a]);
  const Int128 pad = p.pad_begin[a] < 0 ? -static_cast<Int128>(p.pad_begin[a])
                                        : static_cast<Int128>(p.pad_begin[a]);
  const Int128 reach = static_cast<Int128>(p.y_extent[a]) * p.stride[a] +
                       static_cast<Int128>(p.w_extent[a]) * p.dilation[a] + pad + p.x_extent[a];
  if (p.x_extent[a] >= kIndexLimit || p.y_extent[a] >= kIndexLimit || p.stride[a] >= kIndexLimit ||
      pad >= kIndexLimit || reach >= kIndexLimit)
    return fail(ErrorCode::kInvalidProblem,
                "axis {} reaches index 2^60 (y*stride + k*dilation + padding + x)", letter);
  if (static_cast<Int128>(p.y_extent[a]) * p.w_extent[a] >= kIndexLimit)
    return fail(ErrorCode::kInvalidProblem, "axis {} has 2^60 pairs of output and tap or more",
                letter);
  if (p.padding_mode != PaddingMode::kZeros && p.x_extent[a] == 0)
    return fail(ErrorCode::kInvalidProblem,
                "x_extent.{} is 0, and padding mode {} has nothing to copy from", letter,
                to_string(p.padding_mode));
  if (axis < p.first_axis() && (p.x_extent[a] != 1 || p.w_extent[a] != 1 || p.y_extent[a] != 1 ||
                                p.stride[a] != 1 || p.dilation[a] != 1 || p.pad_begin[a] != 0))
    return fail(ErrorCode::kInvalidProblem,
                "axis {} is not used at rank {} and must keep extents 1, stride 1, dilation 1, "
                "padding 0",
                letter, p.rank);
  return {};
}

// Zero must be a value that the operand can hold.
Status check_zero_point(const char* word, std::int32_t value, const char* operand,
                        ElementType type) {
  const IntegerRange range = integer_range(type);
  if (value == 0 || (value >= range.low && value <= range.high)) return {};
  return fail(ErrorCode::kInvalidProblem, "{}={} is no value of {}, which is {}", word, value,
              operand, to_string(type));
}

Status check_types(const ConvProblem& p) {
  const bool integers = traits(p.x_type).is_integer;
  if (traits(p.w_type).is_integer != integers && p.operation != Operation::kWgrad)
    return fail(ErrorCode::kInvalidProblem, "x is {} and w is {}; both are integers or neither",
                to_string(p.x_type), to_string(p.w_type));
  if (p.x_zero_point != 0 && !integers)
    return fail(ErrorCode::kInvalidProblem, "xzp={} needs an integer type, x is {}", p.x_zero_point,
                to_string(p.x_type));
  if (p.w_zero_point != 0 && !traits(p.w_type).is_integer)
    return fail(ErrorCode::kInvalidProblem, "wzp={} needs an integer type, w is {}", p.w_zero_point,
                to_string(p.w_type));
  CONVCHECK_TRY(check_zero_point("xzp", p.x_zero_point, "x", p.x_type));
  return check_zero_point("wzp", p.w_zero_point, "w", p.w_type);
}

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + "]";
}

const char* to_string(Operation operation) {
  switch (operation) {
    case Operation::kConv:
      return "conv";
    case Operation::kDeconv:
      return "deconv";
    case Operation::kWgrad:
      return "wgrad";
  }
  return "?";
}

const char* to_string(PaddingMode mode) {
  switch (mode) {
    case PaddingMode::kZeros:
      return "zeros";
    case PaddingMode::kReflect:
      return "reflect";
    case PaddingMode::kReplicate:
      return "replicate";
    case PaddingMode::kCircular:
      return "circular";
  }
  return "?";
}

const char* to_string(Role role) {
  switch (role) {
    case Role::kX:
      return "x";
    case Role::kW:
      return "w";
    case Role::kBias:
      return "bias";
    case Role::kY:
      return "y";
  }
  return "?";
}

Axes ConvProblem::effective_kernel() const {
  Axes k{};
  for (std::size_t a = 0; a < 3; ++a) k[a] = (w_extent[a] - 1) * dilation[a] + 1;
  return k;
}

Axes ConvProblem::pad_end() const {
  const Axes k = effective_kernel();
  Axes end{};
  for (std::size_t a = 0; a < 3; ++a)
    end[a] = (y_extent[a] - 1) * stride[a] + k[a] - x_extent[a] - pad_begin[a];
  return end;
}

namespace {

std::int64_t capped(Int128 count) {
  return static_cast<std::int64_t>(count < kIndexLimit ? count : kIndexLimit);
}

// At most so many pairs (output, tap) of one axis lead to the same element of x.
std::int64_t pairs_per_input(const ConvProblem& p, std::size_t a) {
  const std::int64_t per_index = p.w_extent[a];
  if (p.padding_mode == PaddingMode::kZeros || p.y_extent[a] == 0) return per_index;
  const std::int64_t reached = (p.y_extent[a] - 1) * p.stride[a] + p.effective_kernel()[a];
  // Of the `reached` indices in a row, so many fold onto one.
  std::int64_t folded = reached;
  if (p.padding_mode == PaddingMode::kCircular)
    folded = ceil_div(reached, p.x_extent[a]);
  else if (p.padding_mode == PaddingMode::kReflect && p.x_extent[a] > 1)
    folded = 2 * ceil_div(reached, 2 * (p.x_extent[a] - 1));
  const Int128 bound = static_cast<Int128>(folded) * per_index;
  const std::int64_t all = p.y_extent[a] * p.w_extent[a];
  return bound < all ? static_cast<std::int64_t>(bound) : all;
}

}  // namespace

std::int64_t ConvProblem::term_count() const {
  const std::int64_t taps = w_extent[0] * w_extent[1] * w_extent[2];
  const std::int64_t bias = has_bias ? 1 : 0;
  switch (operation) {
    case Operation::kConv:
      return in_channels / groups * taps + bias;
    case Operation::kDeconv:
      return capped(
                 capped(static_cast<Int128>(pairs_per_input(*this, 0)) *
                        pairs_per_input(*this, 1)) *
                 capped(static_cast<Int128>(pairs_per_input(*this, 2)) * out_channels / groups)) +
             bias;
    case Operation::kWgrad:
      return batch * y_extent[0] * y_extent[1] * y_extent[2] + bias;
  }
  return 0;
}

double ConvProblem::nominal_macs() const {
  return static_cast<double>(batch) * static_cast<double>(out_channels) *
         static_cast<double>(in_channels / groups) * product(y_extent) * product(w_extent);
}

double ConvProblem::valid_macs() const {
  double pairs = 1;
  for (int axis = 0; axis < kMaxRank; ++axis)
    pairs *= static_cast<double>(valid_tap_pairs(*this, axis));
  return static_cast<double>(batch) * static_cast<double>(out_channels) *
         static_cast<double>(in_channels / groups) * pairs;
}

Shape ConvProblem::x_shape() const { return with_axes(batch, in_channels, x_extent, first_axis()); }

Shape ConvProblem::w_shape() const {
  return with_axes(out_channels, in_channels / groups, w_extent, first_axis());
}

Shape ConvProblem::y_shape() const {
  return with_axes(batch, out_channels, y_extent, first_axis());
}

Shape ConvProblem::bias_shape() const {
  return {operation == Operation::kDeconv ? in_channels : out_channels};
}

Shape ConvProblem::shape(Role role) const {
  switch (role) {
    case Role::kX:
      return x_shape();
    case Role::kW:
      return w_shape();
    case Role::kBias:
      return bias_shape();
    case Role::kY:
      return y_shape();
  }
  return {};
}

ElementType ConvProblem::type(Role role) const {
  switch (role) {
    case Role::kX:
      return x_type;
    case Role::kW:
      return w_type;
    case Role::kBias:
      return type(written());
    case Role::kY:
      return y_type;
  }
  return x_type;
}

Role ConvProblem::written() const {
  switch (operation) {
    case Operation::kConv:
      return Role::kY;
    case Operation::kDeconv:
      return Role::kX;
    case Operation::kWgrad:
      return Role::kW;
  }
  return Role::kY;
}

Role ConvProblem::data_input() const {
  return operation == Operation::kDeconv ? Role::kY : Role::kX;
}

Status validate(const ConvProblem& p) {
  if (p.rank < 1 || p.rank > kMaxRank)
    return fail(ErrorCode::kInvalidProblem, "rank is {}; it is 1, 2 or 3", p.rank);
  if (p.batch < 0)
    return fail(ErrorCode::kInvalidProblem, "batch is {}; it is at least 0", p.batch);
  if (p.groups < 1)
    return fail(ErrorCode::kInvalidProblem, "groups is {}; it is at least 1", p.groups);
  if (p.in_channels < 1)
    return fail(ErrorCode::kInvalidProblem, "in_channels is {}; it is at least 1", p.in_channels);
  if (p.out_channels < 1)
    return fail(ErrorCode::kInvalidProblem, "out_channels is {}; it is at least 1", p.out_channels);
  if (p.in_channels % p.groups != 0)
    return fail(ErrorCode::kInvalidProblem, "groups {} does not divide in_channels {}", p.groups,
                p.in_channels);
  if (p.out_channels % p.groups != 0)
    return fail(ErrorCode::kInvalidProblem, "groups {} does not divide out_channels {}", p.groups,
                p.out_channels);
  for (int axis = 0; axis < kMaxRank; ++axis) CONVCHECK_TRY(check_axis(p, axis));
  CONVCHECK_TRY(check_count("x", p.x_shape()));
  CONVCHECK_TRY(check_count("w", p.w_shape()));
  CONVCHECK_TRY(check_count("y", p.y_shape()));
  CONVCHECK_TRY(check_types(p));
  if (p.has_bias && p.operation == Operation::kWgrad)
    return fail(ErrorCode::kInvalidProblem, "bias: wgrad has no bias operand");
  return {};
}

std::int64_t padded_index(std::int64_t i, std::int64_t extent, PaddingMode mode) {
  if (i >= 0 && i < extent) return i;
  switch (mode) {
    case PaddingMode::kZeros:
      return -1;
    case PaddingMode::kReplicate:
      return i < 0 ? 0 : extent - 1;
    case PaddingMode::kCircular:
      return floor_mod(i, extent);
    case PaddingMode::kReflect: {
      if (extent == 1) return 0;
      const std::int64_t folded = floor_mod(i, 2 * (extent - 1));
      return folded < extent ? folded : 2 * (extent - 1) - folded;
    }
  }
  return -1;
}

std::int64_t valid_tap_pairs(const ConvProblem& p, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  if (p.padding_mode != PaddingMode::kZeros) return p.y_extent[a] * p.w_extent[a];
  // 0 <= o*s + t*d - pad < i is symmetric in outputs o and taps t: count along the longer of both.
  std::int64_t few = p.w_extent[a];
  std::int64_t few_step = p.dilation[a];
  std::int64_t many = p.y_extent[a];
  std::int64_t many_step = p.stride[a];
  if (few > many) {
    std::swap(few, many);
    std::swap(few_step, many_step);
  }
  std::int64_t pairs = 0;
  for (std::int64_t j = 0; j < few; ++j) {
    const std::int64_t shift = p.pad_begin[a] - j * few_step;
    const std::int64_t first = std::max<std::int64_t>(0, ceil_div(shift, many_step));
    const std::int64_t last = std::min(many, ceil_div(p.x_extent[a] + shift, many_step));
    pairs += std::max<std::int64_t>(0, last - first);
  }
  return pairs;
}

}  // namespace convcheck
