// SPDX-License-Identifier: Apache-2.0
#include "core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>

namespace convcheck {
namespace {

constexpr std::size_t kAlignment = 64;

// v rounded once, to nearest even, to a binary format of `precision` significant bits whose
// smallest subnormal is 2^min_exponent and whose finite values are below 2^max_exponent; as bits.
std::uint16_t narrow(double v, int precision, int min_exponent, int max_exponent) {
  const int mantissa_bits = precision - 1;
  const std::uint16_t sign = std::signbit(v) ? 0x8000 : 0;
  const auto infinity = static_cast<std::uint16_t>(0x7fff >> mantissa_bits << mantissa_bits);
  if (std::isnan(v))
    return static_cast<std::uint16_t>(sign | infinity | (1 << (mantissa_bits - 1)));
  if (std::isinf(v)) return sign | infinity;
  const double magnitude = std::fabs(v);
  if (magnitude == 0) return sign;
  // Unit in the last place of the result; subnormals share the smallest one.
  const int lsb = std::max(std::ilogb(magnitude) - mantissa_bits, min_exponent);
  const double scaled = std::ldexp(magnitude, -lsb);
  // Exact integer part and remainder by hand: independent of the rounding mode.
  double whole = std::floor(scaled);
  const double rest = scaled - whole;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) == 1)) whole += 1;
  if (std::ldexp(whole, lsb) >= std::ldexp(1.0, max_exponent)) return sign | infinity;
  // A carry out of the mantissa moves into the exponent field by itself.
  const auto integer = static_cast<std::uint32_t>(whole);
  const std::uint32_t exponent_field = static_cast<std::uint32_t>(lsb - min_exponent);
  return static_cast<std::uint16_t>(sign | ((exponent_field << mantissa_bits) + integer));
}

double widen(std::uint16_t bits, int precision, int min_exponent) {
  const int mantissa_bits = precision - 1;
  const int field = (bits & 0x7fff) >> mantissa_bits;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (field == (0x7fff >> mantissa_bits))
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  if (field == 0) return sign * std::ldexp(mantissa, min_exponent);
  return sign * std::ldexp(mantissa + (1 << mantissa_bits), min_exponent + field - 1);
}

template <typename T>
double load(const std::byte* data, std::int64_t i) {
  T v;
  std::memcpy(&v, data + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return static_cast<double>(v);
}

}  // namespace

void Tensor::Free::operator()(std::byte* p) const { std::free(p); }

void Tensor::fill_from(const std::byte* source) {
  const std::size_t bytes = size_bytes();
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded == 0) return;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (memory == nullptr) throw std::bad_alloc();
  if (source != nullptr) std::memcpy(memory, source, bytes);
  const std::size_t filled = source != nullptr ? bytes : 0;
  std::memset(memory + filled, 0, rounded - filled);
  data_.reset(memory);
}

Tensor::Tensor(ElementType type, Shape shape)
    : type_(type), shape_(std::move(shape)), count_(element_count(shape_)) {
  fill_from(nullptr);
}

Tensor::Tensor(ElementType type, Shape shape, const std::byte* source)
    : type_(type), shape_(std::move(shape)), count_(element_count(shape_)) {
  fill_from(source);
}

Tensor::Tensor(const Tensor& other) : Tensor(other.type_, other.shape_, other.data()) {}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

double Tensor::value(std::int64_t i) const {
  switch (type_) {
    case ElementType::kF32:
      return load<float>(data(), i);
    case ElementType::kF64:
      return load<double>(data(), i);
    case ElementType::kBf16:
      return bf16_to_double(values<std::uint16_t>()[static_cast<std::size_t>(i)]);
    case ElementType::kF16:
      return f16_to_double(values<std::uint16_t>()[static_cast<std::size_t>(i)]);
    case ElementType::kS32:
      return load<std::int32_t>(data(), i);
    case ElementType::kS8:
      return load<std::int8_t>(data(), i);
    case ElementType::kU8:
      return load<std::uint8_t>(data(), i);
  }
  return 0;
}

void Tensor::set_value(std::int64_t i, double v) {
  CONVCHECK_CHECK(round_to_type(type_, v) == v || std::isnan(v),
                  fmt::format("{} is not representable in {}", v, to_string(type_)));
  set_rounded(i, v);
}

void Tensor::set_rounded(std::int64_t i, double v) { store_rounded(type_, data(), i, v); }

void Tensor::check_element_size(std::size_t bytes) const {
  CONVCHECK_CHECK(bytes == convcheck::size_bytes(type_),
                  fmt::format("{} elements read as {} bytes", to_string(type_), bytes));
}

double round_to_type(ElementType type, double v) {
  switch (type) {
    case ElementType::kF32:
      return static_cast<double>(static_cast<float>(v));
    case ElementType::kF64:
      return v;
    case ElementType::kBf16:
      return bf16_to_double(bf16_from_double(v));
    case ElementType::kF16:
      return f16_to_double(f16_from_double(v));
    case ElementType::kS32:
    case ElementType::kS8:
    case ElementType::kU8:
      break;
  }
  if (std::isnan(v)) return 0;
  const IntegerRange range = integer_range(type);
  const double clamped =
      std::clamp(v, static_cast<double>(range.low), static_cast<double>(range.high));
  double whole = std::floor(clamped);
  const double rest = clamped - whole;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0)) whole += 1;
  return whole;
}

double bf16_to_double(std::uint16_t bits) { return widen(bits, 8, -133); }
double f16_to_double(std::uint16_t bits) { return widen(bits, 11, -24); }
std::uint16_t bf16_from_double(double v) { return narrow(v, 8, -133, 128); }
std::uint16_t f16_from_double(double v) { return narrow(v, 11, -24, 16); }

}  // namespace convcheck
