// SPDX-License-Identifier: Apache-2.0
#include "properties/table/setting.hpp"

#include <algorithm>

#include "core/geometry.hpp"

namespace convcheck::properties::table {
namespace {

constexpr std::array<std::string_view, kSettings.size()> kSettingNames = {
    "full",    "valid",    "same-upper", "same-lower", "strided",
    "dilated", "circular", "reflect",    "replicate"};
constexpr std::array<std::string_view, kKinds.size()> kKindNames = {
    "1-D", "2-D", "3-D", "multi-channel", "grouped", "depthwise"};

template <typename Enum, std::size_t N>
std::optional<Enum> parse(std::string_view name, const std::array<std::string_view, N>& names) {
  const auto* const at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

// The full product with its first `begin` positions left out, y of the others kept, as a
// convolution of stride 1: each position left out takes one element from the padding of k-1.
AxisProduct window(Span full, std::int32_t begin, std::int32_t y, std::int32_t k) {
  AxisProduct p;
  p.y = {std::max(y, 0), full.offset + begin};
  p.pad = k - 1 - begin;
  return p;
}

}  // namespace

std::string_view to_string(Setting setting) {
  return kSettingNames[static_cast<std::size_t>(setting)];
}

std::optional<Setting> parse_setting(std::string_view name) {
  return parse<Setting>(name, kSettingNames);
}

std::string_view to_string(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> parse_kind(std::string_view name) { return parse<Kind>(name, kKindNames); }

int rank_of(Kind kind) { return kind == Kind::k2D ? 2 : kind == Kind::k3D ? 3 : 1; }

std::string_view short_name(Orientation orientation) {
  return orientation == Orientation::kConvolution ? "conv" : "corr";
}

PaddingMode padding_mode(Setting setting) {
  if (setting == Setting::kCircular) return PaddingMode::kCircular;
  if (setting == Setting::kReflect) return PaddingMode::kReflect;
  if (setting == Setting::kReplicate) return PaddingMode::kReplicate;
  return PaddingMode::kZeros;
}

AxisProduct axis_product(const Product& product, Span x, Span w) {
  if (x.extent == 0 || w.extent == 0) return {{0, 0}, 1, 1, 0};  // Of nothing comes nothing.
  const bool convolution = product.orientation == Orientation::kConvolution;
  const std::int32_t d = product.setting == Setting::kDilated ? product.step : 1;
  const std::int32_t k = (w.extent - 1) * d + 1;
  const Span full{x.extent + k - 1,
                  convolution ? x.offset + d * w.offset : x.offset - d * w.offset - (k - 1)};
  switch (product.setting) {
    case Setting::kFull:
    case Setting::kDilated: {
      AxisProduct p = window(full, 0, full.extent, k);
      p.dilation = d;
      return p;
    }
    case Setting::kValid:
      return window(full, k - 1, x.extent - k + 1, k);
    case Setting::kSameUpper:
    case Setting::kReflect:
    case Setting::kReplicate:
      return window(full, k - 1 - (k - 1) / 2, x.extent, k);
    case Setting::kSameLower:
      return window(full, (k - 1) / 2, x.extent, k);
    case Setting::kStrided: {
      const std::int64_t s = product.step;
      const auto first = static_cast<std::int32_t>(ceil_div(full.offset, s));
      const auto last = static_cast<std::int32_t>(floor_div(full.offset + full.extent - 1, s));
      AxisProduct p = window(full, first * product.step - full.offset, last - first + 1, k);
      p.y.offset = first;
      p.stride = product.step;
      return p;
    }
    case Setting::kCircular: {
      AxisProduct p;
      p.y = {x.extent, 0};
      p.pad = convolution ? k - 1 : 0;
      return p;
    }
  }
  return {};
}

}  // namespace convcheck::properties::table
