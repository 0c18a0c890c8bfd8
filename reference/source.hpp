// SPDX-License-Identifier: Apache-2.0
// Operands of any element type, read as f64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/element_type.hpp"

namespace convcheck::reference {

/// bf16 and f16 as they lie in memory.
struct Bf16 {
  std::uint16_t bits;
};
struct F16 {
  std::uint16_t bits;
};

/// A stored element as f64: exact, NaN and infinities included.
template <class T>
inline double widened(T value) {
  return static_cast<double>(value);
}
template <>
inline double widened(Bf16 value) {
  return static_cast<double>(std::bit_cast<float>(std::uint32_t{value.bits} << 16));
}
template <>
inline double widened(F16 value) {
  const std::uint32_t magnitude = value.bits & 0x7fffU;
  const std::uint32_t sign = (value.bits & 0x8000U) << 16;
  if (magnitude >= 0x7c00U)
    return static_cast<double>(std::bit_cast<float>(sign | 0x7f800000U | magnitude << 13));
  // The fields moved to their places in f32 are the value times 2^-112, subnormals included.
  return static_cast<double>(std::bit_cast<float>(sign | magnitude << 13)) * 0x1p112;
}

/// Calls body(T{}) for the type of the elements as they lie in memory.
template <class Body>
inline auto with_stored_type(ElementType type, Body&& body) {
  switch (type) {
    case ElementType::kF32:
      return body(float{});
    case ElementType::kF64:
      return body(double{});
    case ElementType::kBf16:
      return body(Bf16{});
    case ElementType::kF16:
      return body(F16{});
    case ElementType::kS32:
      return body(std::int32_t{});
    case ElementType::kS8:
      return body(std::int8_t{});
    case ElementType::kU8:
      break;
  }
  return body(std::uint8_t{});
}

/// One operand that is read: element i stands for the number stored there less the zero point.
struct Source {
  const std::byte* data = nullptr;  ///< Null if the problem has no such operand.
  ElementType type = ElementType::kF32;
  double zero_point = 0;
  double scale = 1;  ///< A power of two by which kernels multiply what they read; f64 only.

  /// Element i without the scale, exactly: at most 53 significant bits for every type and zero
  /// point.
  [[nodiscard]] double operator[](std::int64_t i) const {
    return with_stored_type(type, [&](auto sample) {
      decltype(sample) value;
      std::memcpy(&value, data + static_cast<std::size_t>(i) * sizeof(value), sizeof(value));
      return widened(value) - zero_point;
    });
  }
};

/// Products of two elements of such types are f64 numbers: at most 24 significant bits each, and no
/// overflow or underflow.
inline bool is_narrow(ElementType type) {
  return type != ElementType::kF64 && type != ElementType::kS32;
}

}  // namespace convcheck::reference
