// SPDX-License-Identifier: Apache-2.0
// A 1-D kernel as a polynomial: its factors of two taps are passes of a cascade.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "properties/analysis/exact_kernel.hpp"

namespace convcheck::properties {

/// taps[0] + taps[1] z, `power` times.
struct LinearFactor {
  Integer taps[2];
  std::int64_t power = 1;
};

/// kernel = scale * shift by `zeros` positions * product of linear factors * rest. Convolving
/// kernels multiplies their polynomials, so a chain of these passes is the kernel.
struct Cascade {
  Rational scale = 1;
  std::int64_t zeros = 0;  ///< Leading zeros.
  std::vector<LinearFactor> factors;
  std::vector<Integer> rest;  ///< Without rational roots; {1} if nothing is left.
};

/// All linear factors with integer taps (rational root theorem). Nothing for a kernel of zeros, of
/// more than 64 taps, or whose first or last tap, made an integer without a common factor, is above
/// 10^6: their divisors would have to be searched.
std::optional<Cascade> cascade(const std::vector<Rational>& kernel);

/// "(1 + z)^4", "1/16 (1 + z)^2 (1 - z + z^2)".
std::string to_text(const Cascade& cascade);

}  // namespace convcheck::properties
