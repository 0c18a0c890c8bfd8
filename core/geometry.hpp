// SPDX-License-Identifier: Apache-2.0
// The border where other conventions of size and padding become a problem's extents.
#pragma once

#include <cstdint>
#include <span>

#include "core/problem.hpp"

namespace convcheck {

/// floor(a / b) for b > 0, right for negative a, where C++'s `/` truncates.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
/// ceil(a / b) for b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return -floor_div(-a, b); }
/// a - b*floor(a / b), in [0, b).
constexpr std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - b * floor_div(a, b); }

/// floor((i + pad_begin + pad_end - k_eff) / stride) + 1, or 0 where the kernel does not fit.
std::int64_t output_extent(std::int64_t i, std::int64_t k_eff, std::int64_t stride,
                           std::int64_t pad_begin, std::int64_t pad_end);

/// Conventions that name the padding instead of giving it.
enum class SizeMode {
  /// No padding: outputs whose window lies inside x.
  kValid,
  /// pad_begin = k_eff - 1, o = ceil((i + k_eff - 1) / stride): every window whose span meets x.
  kFull,
  /// o = ceil(i / stride); an odd total padding has its extra element at the end (TensorFlow SAME,
  /// ONNX SAME_UPPER).
  kSameUpper,
  /// As kSameUpper with the extra element at the begin (ONNX SAME_LOWER).
  kSameLower,
};

/// `p` with y_extent (and pad_begin) set from its x_extent, kernel, stride and dilation. The result
/// is validated. Meant for every operation: the triple of extents is the same for all three.
Result<ConvProblem> with_size_mode(ConvProblem p, SizeMode mode);

/// `p` with y_extent from the floor formula and explicit padding.
Result<ConvProblem> with_padding(ConvProblem p, const Axes& pad_begin, const Axes& pad_end);

/// `p` with ONNX's pads [begin of each axis..., end of each axis...], 2*rank values, and y_extent
/// from the floor formula. kBadInput if the count is wrong.
Result<ConvProblem> with_onnx_pads(ConvProblem p, std::span<const std::int64_t> pads);

/// `p` (a deconvolution, say) with x_extent = (y-1)*stride - pad_begin - pad_end + k_eff +
/// output_padding from its y_extent. kInvalidProblem unless 0 <= output_padding <
/// max(stride, dilation) on every axis (PyTorch's rule for ConvTranspose).
Result<ConvProblem> with_output_padding(ConvProblem p, const Axes& pad_begin, const Axes& pad_end,
                                        const Axes& output_padding);

}  // namespace convcheck
