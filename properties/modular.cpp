// SPDX-License-Identifier: Apache-2.0
#include "properties/modular.hpp"

#include <cmath>

#include "core/result.hpp"

namespace convcheck::properties {
namespace {

bool is_prime(std::uint64_t n) {
  for (std::uint64_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return n > 1;
}

bool is_integer(double v) { return v == std::trunc(v) && std::fabs(v) < 0x1p62; }

}  // namespace

std::uint64_t PrimeField::from(double v) const {
  CONVCHECK_CHECK(is_integer(v), "an integer");
  const auto p = static_cast<std::int64_t>(prime_);
  const std::int64_t rest = static_cast<std::int64_t>(v) % p;
  return static_cast<std::uint64_t>(rest < 0 ? rest + p : rest);
}

std::uint64_t PrimeField::power(std::uint64_t base, std::uint64_t exponent) const {
  std::uint64_t result = 1;
  for (base %= prime_; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

PrimeField field_with_roots(std::uint64_t n) {
  std::uint64_t prime = (std::uint64_t{1} << 20) / n * n + n + 1;
  while (!is_prime(prime)) prime += n;
  return PrimeField(prime);
}

std::uint64_t root_of_unity(const PrimeField& field, std::uint64_t n) {
  for (std::uint64_t g = 1;; ++g) {
    const std::uint64_t root = field.power(g, (field.prime() - 1) / n);
    // Its order divides n; it is n unless a proper divisor does.
    bool smaller = false;
    for (std::uint64_t d = 1; d < n; ++d)
      smaller = smaller || (n % d == 0 && field.power(root, d) == 1);
    if (!smaller) return root;
  }
}

Tensor in_integers(const Tensor& tensor) {
  Tensor result = tensor;
  for (std::int64_t i = 0; i < tensor.count(); ++i) {
    if (!is_integer(tensor.value(i))) result.set_value(i, 0);
  }
  return result;
}

}  // namespace convcheck::properties
