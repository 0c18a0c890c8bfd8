// SPDX-License-Identifier: Apache-2.0
// Double arithmetic that never falls below the exact value: what upper bounds are computed with.
#pragma once

#include <limits>

namespace convcheck::properties {

/// At least every exact value of which v >= 0 is the correctly rounded result: v + 2^-52 v is the
/// next double or more, whatever the rounding of that sum; the last term covers subnormals.
constexpr double up(double v) {
  return v * (1 + 0x1p-52) + std::numeric_limits<double>::denorm_min();
}
constexpr double add_up(double a, double b) { return a == 0 ? b : b == 0 ? a : up(a + b); }
constexpr double mul_up(double a, double b) { return a == 0 || b == 0 ? 0 : up(a * b); }

/// gamma_n = n u / (1 - n u) (Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.1),
/// rounded up; infinity where n u > 1/2.
constexpr double gamma_up(double n, double u) {
  const double nu = mul_up(n, u);
  // 1 - nu and the quotient are rounded: two relative errors of 2^-53 at most.
  return nu <= 0.5 ? mul_up(nu / (1 - nu), 1 + 0x1p-51) : std::numeric_limits<double>::infinity();
}

}  // namespace convcheck::properties
