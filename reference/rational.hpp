// SPDX-License-Identifier: Apache-2.0
// Fractions without limits, and their one rounding to a double.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "reference/rounding.hpp"

namespace convcheck::reference {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

/// The fraction rounded once, to nearest, ties to even, overflowing to an infinity.
inline double round_to_double(const Rational& value) {
  const Integer numerator = boost::multiprecision::numerator(value);
  const Integer denominator = boost::multiprecision::denominator(value);
  if (numerator == 0) return 0.0;
  const Integer magnitude = abs(numerator);
  // At least 66 bits of the quotient and one that says whether there is a rest: more than a double
  // keeps, so that rounding these is rounding the fraction.
  const int shift = 66 - static_cast<int>(msb(magnitude)) + static_cast<int>(msb(denominator));
  const Integer dividend =
      shift > 0 ? Integer(magnitude << static_cast<unsigned>(shift)) : magnitude;
  const Integer divisor =
      shift < 0 ? Integer(denominator << static_cast<unsigned>(-shift)) : denominator;
  Integer quotient;
  Integer rest;
  divide_qr(dividend, divisor, quotient, rest);
  quotient = 2 * quotient + (rest == 0 ? 0 : 1);
  if (numerator < 0) quotient = -quotient;
  return round_dyadic(quotient, -shift - 1, traits(ElementType::kF64));
}

}  // namespace convcheck::reference
