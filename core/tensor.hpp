// SPDX-License-Identifier: Apache-2.0
// Dense row-major tensors: the plain layout in which cases, oracles and files hold data.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "core/element_type.hpp"
#include "core/problem.hpp"

namespace convcheck {

/// Owns element_count(shape) elements, dense, slowest axis first, 64-byte aligned, zeroed.
class Tensor {
 public:
  Tensor() = default;
  Tensor(ElementType type, Shape shape);
  /// The same, with a copy of the size_bytes() at `source`, which may be null if there are none.
  Tensor(ElementType type, Shape shape, const std::byte* source);
  Tensor(const Tensor&);
  Tensor& operator=(const Tensor&);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;
  ~Tensor() = default;

  [[nodiscard]] ElementType type() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::size_t size_bytes() const {
    return static_cast<std::size_t>(count_) * convcheck::size_bytes(type_);
  }
  [[nodiscard]] std::byte* data() { return data_.get(); }
  [[nodiscard]] const std::byte* data() const { return data_.get(); }

  /// The elements as T; a broken contract unless T is the tensor's type (bf16 and f16: uint16_t
  /// bits).
  template <typename T>
  [[nodiscard]] std::span<T> values() {
    check_element_size(sizeof(T));
    return {reinterpret_cast<T*>(data_.get()), static_cast<std::size_t>(count_)};
  }
  template <typename T>
  [[nodiscard]] std::span<const T> values() const {
    check_element_size(sizeof(T));
    return {reinterpret_cast<const T*>(data_.get()), static_cast<std::size_t>(count_)};
  }

  /// Element i as a double: exact for every type.
  [[nodiscard]] double value(std::int64_t i) const;
  /// Stores v, which must be representable in the type (a broken contract otherwise, NaN aside).
  void set_value(std::int64_t i, double v);
  /// Stores v rounded by round_to_type.
  void set_rounded(std::int64_t i, double v);

  /// Same type, shape and bytes (so -0 differs from +0, and a NaN equals itself).
  friend bool operator==(const Tensor& a, const Tensor& b) {
    return a.type_ == b.type_ && a.shape_ == b.shape_ &&
           (a.count_ == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
  }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  void check_element_size(std::size_t bytes) const;
  // Allocates, and copies from `source` or writes zeros.
  void fill_from(const std::byte* source);

  ElementType type_ = ElementType::kF32;
  Shape shape_{0};
  std::int64_t count_ = 0;
  std::unique_ptr<std::byte[], Free> data_;
};

/// v rounded once, to nearest even, to a value of the type; an integer type clamps to its range and
/// has no NaN (which becomes 0).
double round_to_type(ElementType, double v);

/// The exact value of bfloat16 or binary16 bits.
double bf16_to_double(std::uint16_t bits);
double f16_to_double(std::uint16_t bits);

/// The bits of v in bfloat16 or binary16, rounded once to nearest even.
std::uint16_t bf16_from_double(double v);
std::uint16_t f16_from_double(double v);

/// Stores v, rounded by round_to_type, in element i of the elements at `data`, of any alignment.
inline void store_rounded(ElementType type, std::byte* data, std::int64_t i, double v) {
  const auto put = [&](auto value) {
    std::memcpy(data + static_cast<std::size_t>(i) * sizeof(value), &value, sizeof(value));
  };
  switch (type) {
    case ElementType::kF32:
      return put(static_cast<float>(v));
    case ElementType::kF64:
      return put(v);
    case ElementType::kBf16:
      return put(bf16_from_double(v));
    case ElementType::kF16:
      return put(f16_from_double(v));
    case ElementType::kS32:
      return put(static_cast<std::int32_t>(round_to_type(type, v)));
    case ElementType::kS8:
      return put(static_cast<std::int8_t>(round_to_type(type, v)));
    case ElementType::kU8:
      return put(static_cast<std::uint8_t>(round_to_type(type, v)));
  }
}

}  // namespace convcheck
