// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"

#include <algorithm>

namespace convcheck {
namespace {

// A problem of which everything but `unset` and the padding is there and can be computed with.
Status check_inputs(ConvProblem p, Axes ConvProblem::*unset) {
  p.*unset = {1, 1, 1};
  p.pad_begin = {0, 0, 0};
  return validate(p);
}

// Sums of these with what validate() allows stay far inside 64 bits.
Status check_padding(const char* what, const Axes& padding, int first_axis) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 60;
  for (std::size_t a = 0; a < 3; ++a) {
    if (static_cast<int>(a) < first_axis && padding[a] != 0)
      return fail(ErrorCode::kInvalidProblem, "{}.{} is {}; the axis is not used", what,
                  kAxisLetters[a], padding[a]);
    if (padding[a] <= -kLimit || padding[a] >= kLimit)
      return fail(ErrorCode::kInvalidProblem, "{}.{} is {}; it stays within 2^60", what,
                  kAxisLetters[a], padding[a]);
  }
  return {};
}

}  // namespace

std::int64_t output_extent(std::int64_t i, std::int64_t k_eff, std::int64_t stride,
                           std::int64_t pad_begin, std::int64_t pad_end) {
  return std::max<std::int64_t>(0, floor_div(i + pad_begin + pad_end - k_eff, stride) + 1);
}

Result<ConvProblem> with_size_mode(ConvProblem p, SizeMode mode) {
  CONVCHECK_TRY(check_inputs(p, &ConvProblem::y_extent));
  const Axes k = p.effective_kernel();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t i = p.x_extent[a];
    const std::int64_t s = p.stride[a];
    switch (mode) {
      case SizeMode::kValid:
        p.pad_begin[a] = 0;
        p.y_extent[a] = output_extent(i, k[a], s, 0, 0);
        break;
      case SizeMode::kFull:
        p.pad_begin[a] = k[a] - 1;
        p.y_extent[a] = i == 0 ? 0 : ceil_div(i + k[a] - 1, s);
        break;
      case SizeMode::kSameUpper:
      case SizeMode::kSameLower: {
        const std::int64_t o = ceil_div(i, s);
        const std::int64_t total = std::max<std::int64_t>(0, (o - 1) * s + k[a] - i);
        p.y_extent[a] = o;
        p.pad_begin[a] = mode == SizeMode::kSameUpper ? total / 2 : total - total / 2;
        break;
      }
    }
  }
  CONVCHECK_TRY(validate(p));
  return p;
}

Result<ConvProblem> with_padding(ConvProblem p, const Axes& pad_begin, const Axes& pad_end) {
  CONVCHECK_TRY(check_inputs(p, &ConvProblem::y_extent));
  CONVCHECK_TRY(check_padding("pad_begin", pad_begin, p.first_axis()));
  CONVCHECK_TRY(check_padding("pad_end", pad_end, p.first_axis()));
  const Axes k = p.effective_kernel();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    p.pad_begin[a] = pad_begin[a];
    p.y_extent[a] = output_extent(p.x_extent[a], k[a], p.stride[a], pad_begin[a], pad_end[a]);
  }
  CONVCHECK_TRY(validate(p));
  return p;
}

Result<ConvProblem> with_onnx_pads(ConvProblem p, std::span<const std::int64_t> pads) {
  if (p.rank < 1 || p.rank > kMaxRank || pads.size() != static_cast<std::size_t>(2 * p.rank))
    return fail(ErrorCode::kBadInput,
                "pads has {} values; ONNX gives the begins and then the ends of {} axes",
                pads.size(), p.rank);
  Axes begin{0, 0, 0};
  Axes end{0, 0, 0};
  const auto rank = static_cast<std::size_t>(p.rank);
  for (std::size_t i = 0; i < rank; ++i) {
    begin[3 - rank + i] = pads[i];
    end[3 - rank + i] = pads[rank + i];
  }
  return with_padding(p, begin, end);
}

Result<ConvProblem> with_output_padding(ConvProblem p, const Axes& pad_begin, const Axes& pad_end,
                                        const Axes& output_padding) {
  CONVCHECK_TRY(check_inputs(p, &ConvProblem::x_extent));
  CONVCHECK_TRY(check_padding("pad_begin", pad_begin, p.first_axis()));
  CONVCHECK_TRY(check_padding("pad_end", pad_end, p.first_axis()));
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t limit = std::max(p.stride[a], p.dilation[a]);
    if (output_padding[a] < 0 || output_padding[a] >= limit)
      return fail(ErrorCode::kInvalidProblem,
                  "output_padding.{} is {}; it is at least 0 and below max(stride, dilation) = {}",
                  kAxisLetters[a], output_padding[a], limit);
    p.pad_begin[a] = pad_begin[a];
    p.x_extent[a] = (p.y_extent[a] - 1) * p.stride[a] - pad_begin[a] - pad_end[a] +
                    p.effective_kernel()[a] + output_padding[a];
  }
  CONVCHECK_TRY(validate(p));
  return p;
}

}  // namespace convcheck
