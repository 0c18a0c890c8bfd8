// SPDX-License-Identifier: Apache-2.0
// The products that the law table speaks of: one orientation in one setting, on signals whose place
// on the integers is known.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/problem.hpp"

namespace convcheck::properties::table {

/// What is kept of the full product, and what stands around the signal. On every axis, with f * g
/// and corr(f, g) the products on all of Z:
enum class Setting : std::uint8_t {
  kFull,       ///< Everything.
  kValid,      ///< The positions whose window lies inside the signal.
  kSameUpper,  ///< As many as the signal has, floor((k-1)/2) zeros before it, the rest behind.
  kSameLower,  ///< The same with ceil((k-1)/2) zeros before it.
  kStrided,    ///< D_s: position n is position s*n of the full product.
  kDilated,    ///< The full product with U_d g: d-1 zeros between the taps.
  kCircular,   ///< Signal and kernel on Z/N.
  kReflect,    ///< As kSameUpper, the signal mirrored at its ends, which are not repeated.
  kReplicate,  ///< As kSameUpper, the ends of the signal repeated for ever.
};
inline constexpr std::array kSettings = {
    Setting::kFull,      Setting::kValid,   Setting::kSameUpper,
    Setting::kSameLower, Setting::kStrided, Setting::kDilated,
    Setting::kCircular,  Setting::kReflect, Setting::kReplicate};
/// "full", "same-upper", ...
std::string_view to_string(Setting);
std::optional<Setting> parse_setting(std::string_view);

/// What the operands are.
enum class Kind : std::uint8_t {
  k1D,
  k2D,
  k3D,
  kMultiChannel,  ///< 1-D; some number of channels is above 1.
  kGrouped,       ///< 1-D; two groups or more, some number of channels of a group above 1.
  kDepthwise,     ///< 1-D; two groups or more of one channel.
};
inline constexpr std::array kKinds = {Kind::k1D,           Kind::k2D,      Kind::k3D,
                                      Kind::kMultiChannel, Kind::kGrouped, Kind::kDepthwise};
/// "1-D", "multi-channel", ...
std::string_view to_string(Kind);
std::optional<Kind> parse_kind(std::string_view);
int rank_of(Kind);

/// "conv", "corr".
std::string_view short_name(Orientation);

/// `step` is the stride or the dilation; other settings ignore it.
struct Product {
  Setting setting = Setting::kFull;
  Orientation orientation = Orientation::kConvolution;
  std::int32_t step = 1;
  friend bool operator==(const Product&, const Product&) = default;
};

/// `extent` values, the first at `offset`; zero elsewhere. On Z/N the offset is 0.
struct Span {
  std::int32_t extent = 1;
  std::int32_t offset = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

/// One axis of a product as a convolution: y[o] = sum over t of x[o*stride + t*dilation - pad]
/// w[t'] (t' = t, or k-1-t for true convolution), and where its result stands.
struct AxisProduct {
  Span y;
  std::int32_t stride = 1;
  std::int32_t dilation = 1;
  std::int32_t pad = 0;
};
AxisProduct axis_product(const Product& product, Span x, Span w);

PaddingMode padding_mode(Setting);

}  // namespace convcheck::properties::table
