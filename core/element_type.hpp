// SPDX-License-Identifier: Apache-2.0
// Element types of tensors: one traits row each, one name everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace convcheck {

/// Values are the C ABI's codes (peers/convcheck_peer.h) and never change.
enum class ElementType : std::int32_t {
  kF32 = 0,
  kF64 = 1,
  kBf16 = 2,
  kF16 = 3,
  kS32 = 4,
  kS8 = 5,
  kU8 = 6,
};

/// What the project must know of an element type; a new type is one row in element_type.cpp.
struct ElementTraits {
  ElementType type;
  std::string_view name;  ///< "f32": in names of problems, reports and the protocol.
  std::string_view npy;   ///< numpy's descr, "<f4"; bf16 has none and is stored as "<u2".
  std::size_t size_bytes;
  bool is_integer;
  /// Significant bits (24 for f32) of a floating type, value bits of an integer type.
  int precision_bits;
  /// Exponent of the smallest positive subnormal (f32: -149); 0 for integers.
  int min_exponent;
  /// The largest finite value is below 2^max_exponent (f32: 128).
  int max_exponent;
};

const ElementTraits& traits(ElementType);
inline std::string_view to_string(ElementType type) { return traits(type).name; }
inline std::size_t size_bytes(ElementType type) { return traits(type).size_bytes; }

/// The values of an integer type, or the integers |v| <= 2^precision_bits of a floating one, all of
/// which it represents.
struct IntegerRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
IntegerRange integer_range(ElementType);

/// "f32" -> kF32; nothing for a word that names no type.
std::optional<ElementType> parse_element_type(std::string_view name);

/// "f32, f64, bf16, ...", for error messages.
std::string_view element_type_names();

}  // namespace convcheck
