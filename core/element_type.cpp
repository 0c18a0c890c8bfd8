// SPDX-License-Identifier: Apache-2.0
#include "core/element_type.hpp"

namespace convcheck {
namespace {

constexpr ElementTraits kTraits[] = {
    {ElementType::kF32, "f32", "<f4", 4, false, 24, -149, 128},
    {ElementType::kF64, "f64", "<f8", 8, false, 53, -1074, 1024},
    {ElementType::kBf16, "bf16", "<u2", 2, false, 8, -133, 128},
    {ElementType::kF16, "f16", "<f2", 2, false, 11, -24, 16},
    {ElementType::kS32, "s32", "<i4", 4, true, 31, 0, 31},
    {ElementType::kS8, "s8", "|i1", 1, true, 7, 0, 7},
    {ElementType::kU8, "u8", "|u1", 1, true, 8, 0, 8},
};

}  // namespace

const ElementTraits& traits(ElementType type) { return kTraits[static_cast<int>(type)]; }

IntegerRange integer_range(ElementType type) {
  const ElementTraits& row = traits(type);
  const std::int64_t power = std::int64_t{1} << row.precision_bits;
  if (!row.is_integer) return {-power, power};
  return {type == ElementType::kU8 ? 0 : -power, power - 1};
}

std::optional<ElementType> parse_element_type(std::string_view name) {
  for (const ElementTraits& row : kTraits) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

std::string_view element_type_names() { return "f32, f64, bf16, f16, s32, s8, u8"; }

}  // namespace convcheck
