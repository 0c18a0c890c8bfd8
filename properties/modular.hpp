// SPDX-License-Identifier: Apache-2.0
// Exact arithmetic modulo a prime, where signals have values and transforms without rounding.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace convcheck::properties {

/// Integers modulo a prime below 2^31.
class PrimeField {
 public:
  explicit PrimeField(std::uint64_t prime) : prime_(prime) {}

  [[nodiscard]] std::uint64_t prime() const { return prime_; }
  /// v an integer of magnitude below 2^62.
  [[nodiscard]] std::uint64_t from(double v) const;
  [[nodiscard]] std::uint64_t add(std::uint64_t a, std::uint64_t b) const {
    return (a + b) % prime_;
  }
  [[nodiscard]] std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    return a * b % prime_;
  }
  [[nodiscard]] std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;

 private:
  std::uint64_t prime_;
};

/// The least prime above 2^20 that is 1 modulo n: its field has n-th roots of unity.
PrimeField field_with_roots(std::uint64_t n);
/// An element of order n, which divides prime - 1.
std::uint64_t root_of_unity(const PrimeField& field, std::uint64_t n);

/// The tensor with 0 for what no field takes: fractions, 2^62 and more, infinities, NaN. It equals
/// the tensor if and only if that is one of integers.
Tensor in_integers(const Tensor& tensor);

/// 2^31 - 1, a prime.
inline constexpr std::uint64_t kMersenne31 = (std::uint64_t{1} << 31) - 1;

}  // namespace convcheck::properties
