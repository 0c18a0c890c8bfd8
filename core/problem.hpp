// SPDX-License-Identifier: Apache-2.0
// A convolution as a value: shapes and geometry, no data, no memory layout.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/element_type.hpp"
#include "core/result.hpp"

namespace convcheck {

/// Depth, height, width. A problem of rank 2 leaves depth, one of rank 1 depth and height, at the
/// neutral value (extent 1, stride 1, dilation 1, padding 0), so every loop may run over all three.
using Axes = std::array<std::int64_t, 3>;
inline constexpr int kMaxRank = 3;
inline constexpr std::array<char, 3> kAxisLetters = {'d', 'h', 'w'};

/// Extents of a tensor, slowest axis first.
using Shape = std::vector<std::int64_t>;
std::int64_t element_count(const Shape&);
/// "[2, 3, 8, 8]".
std::string to_string(const Shape&);

/// The partial derivatives of the trilinear form <y, conv(x, w)>: which operand is written.
enum class Operation {
  kConv,    ///< y from x and w.
  kDeconv,  ///< x from y and w: transposed convolution, which is backward data.
  kWgrad,   ///< w from x and y: backward weights.
};

/// What x is outside [0, extent). Indices fold as often as needed.
enum class PaddingMode {
  kZeros,      ///< 0: the tap contributes no term.
  kReflect,    ///< ... c b | a b c | b a ...: period 2(n-1), the border not repeated.
  kReplicate,  ///< ... a a | a b c | c c ...
  kCircular,   ///< ... b c | a b c | a b ...: period n.
};

enum class Orientation {
  kCrossCorrelation,  ///< Tap t meets w[t]: what deep learning calls convolution.
  kConvolution,       ///< Tap t meets w[k-1-t]: convolution as mathematics writes it.
};

enum class Role : std::int32_t { kX = 0, kW = 1, kBias = 2, kY = 3 };

const char* to_string(Operation);
const char* to_string(PaddingMode);
const char* to_string(Role);

/// One convolution of rank 1 to 3. All three operations are derivatives of
///
///   F(x, w, y) = sum over n, m, o, c, t of
///       y[n, m, o] * x[n, g*C/G + c, map(o*stride + t*dilation - pad_begin)] * w[m, c, t']
///
/// with n in [0, batch), m in [0, M = out_channels), o over the extents of y, c in [0, C/G) with
/// C = in_channels and G = groups, g = floor(m / (M/G)) the group of m, t over the extents of w;
/// t' = t, or k-1-t for true convolution;
/// `map` is the padding mode (with zeros, terms outside x are left out). Hence the names:
/// in_channels and x_extent belong to x even for a deconvolution, which reads y (its small side)
/// and writes x.
///
///   x: [batch, in_channels, x_extent...]      w: [out_channels, in_channels/groups, w_extent...]
///   y: [batch, out_channels, y_extent...]     bias: one per channel of what is written
///
/// The padding at the end is derived, so every triple of extents is one problem.
struct ConvProblem {
  Operation operation = Operation::kConv;
  int rank = 2;
  std::int64_t batch = 1;
  std::int64_t groups = 1;
  std::int64_t in_channels = 1;   ///< Channels of x.
  std::int64_t out_channels = 1;  ///< Channels of y.
  Axes x_extent{1, 1, 1};
  Axes w_extent{1, 1, 1};
  Axes y_extent{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};   ///< 1 is dense (benchdnn writes that as 0).
  Axes pad_begin{0, 0, 0};  ///< May be negative, which crops.
  PaddingMode padding_mode = PaddingMode::kZeros;
  Orientation orientation = Orientation::kCrossCorrelation;
  ElementType x_type = ElementType::kF32;
  ElementType w_type = ElementType::kF32;
  ElementType y_type = ElementType::kF32;
  bool has_bias = false;          ///< conv and deconv; its type is that of what is written.
  std::int32_t x_zero_point = 0;  ///< Subtracted from x before the product; integer types only.
  std::int32_t w_zero_point = 0;

  friend bool operator==(const ConvProblem&, const ConvProblem&) = default;

  /// First axis in use: 0, 1 or 2 for rank 3, 2 or 1.
  [[nodiscard]] int first_axis() const { return kMaxRank - rank; }

  /// (k-1)*dilation + 1 per axis.
  [[nodiscard]] Axes effective_kernel() const;
  /// (o-1)*stride + k_eff - i - pad_begin per axis; negative where x is cropped or not reached.
  [[nodiscard]] Axes pad_end() const;
  /// Products summed into one written element at most, plus 1 with bias: C/G * taps for conv,
  /// M/G * taps for deconv, batch * positions of y for wgrad. A deconv whose padding mode folds
  /// several indices onto one element of x has more; this is then an upper bound.
  [[nodiscard]] std::int64_t term_count() const;
  /// Products of the definition, taps in the padding included.
  [[nodiscard]] double nominal_macs() const;
  /// Products of the definition whose tap lies inside x (all of them unless padding is zeros).
  [[nodiscard]] double valid_macs() const;

  [[nodiscard]] Shape x_shape() const;
  [[nodiscard]] Shape w_shape() const;
  [[nodiscard]] Shape y_shape() const;
  /// One bias per channel of the written tensor: [out_channels] for conv, [in_channels] for deconv.
  [[nodiscard]] Shape bias_shape() const;
  [[nodiscard]] Shape shape(Role) const;
  [[nodiscard]] ElementType type(Role) const;
  /// The operand that the operation writes.
  [[nodiscard]] Role written() const;
  /// The data operand that conv and deconv read (x or y); x for wgrad.
  [[nodiscard]] Role data_input() const;
};

/// kInvalidProblem with the broken rule in words: "groups 3 does not divide in_channels 64".
Status validate(const ConvProblem&);

/// Where index i of the padded axis lies in [0, extent), or -1 for a zero (kZeros outside x).
/// extent >= 1 unless the mode is kZeros.
std::int64_t padded_index(std::int64_t i, std::int64_t extent, PaddingMode mode);

/// Number of (output, tap) pairs on one axis whose tap lies inside x; all of them unless kZeros.
std::int64_t valid_tap_pairs(const ConvProblem&, int axis);

}  // namespace convcheck
