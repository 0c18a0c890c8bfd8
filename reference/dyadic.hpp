// SPDX-License-Identifier: Apache-2.0
// Exact results as values: dyadic rationals, infinities, NaN; and their one rounding.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <string>

#include "core/element_type.hpp"

namespace convcheck::reference {

enum class Kind { kFinite, kPlusInfinity, kMinusInfinity, kNan };

/// units * 2^exponent, an infinity, or NaN. Every exact sum of products of floating-point numbers
/// is one. Equal results are equal member by member: `units` is odd, or 0 with exponent 0, and both
/// are 0 unless finite.
struct Dyadic {
  Kind kind = Kind::kFinite;
  boost::multiprecision::cpp_int units = 0;
  int exponent = 0;

  friend bool operator==(const Dyadic&, const Dyadic&) = default;
};

/// units * 2^exponent.
Dyadic make_dyadic(boost::multiprecision::cpp_int units, int exponent);
/// Infinities and NaN.
Dyadic make_dyadic(Kind kind);
/// Exact for every double; both zeros are 0.
Dyadic make_dyadic(double value);

/// "-0x1a3p-12": units in hexadecimal, exponent in decimal; "0x0p+0", "inf", "-inf", "nan".
std::string to_string(const Dyadic&);

/// "-5*2^-3": an odd integer in decimal and a power of two; "0*2^0", "inf", "-inf", "nan".
std::string to_decimal(const Dyadic&);

/// The value rounded once to the type: to nearest, ties to even, overflowing to an infinity; a zero
/// sum is +0, what rounds to zero keeps its sign. An integer type clamps to its range, and to 0
/// what is NaN. The double holds the result exactly.
double rounded(const Dyadic&, ElementType);

}  // namespace convcheck::reference
