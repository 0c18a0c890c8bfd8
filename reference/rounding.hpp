// SPDX-License-Identifier: Apache-2.0
// One rounding from an exact dyadic number to a floating-point format. Boost's convert_to is not
// used: that of Debian's Boost 1.74 misrounds ties and what lies near them.
#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "core/element_type.hpp"

namespace convcheck::reference {

template <unsigned kBits>
using Binary = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<kBits, boost::multiprecision::digit_base_2>>;

/// Holds every sum of fewer than 2^80 products of two f32 exactly: 298 + 256 + 80 bits and a sign.
using ExactF32 = Binary<640>;
/// The same for f64: 2148 + 2048 + 80 bits and a sign.
using ExactF64 = Binary<4416>;

/// units * 2^exponent rounded once to the type `to`, to nearest, ties to even; a floating type
/// overflows to an infinity, an integer type stops at the end of its range. Exact zero is +0; what
/// rounds to zero keeps its sign.
inline double round_dyadic(const boost::multiprecision::cpp_int& units, int exponent,
                           const ElementTraits& to) {
  using boost::multiprecision::cpp_int;
  if (units == 0) return 0.0;
  const cpp_int magnitude = abs(units);
  const int lead = static_cast<int>(msb(magnitude)) + exponent;
  const int last = std::max(lead - to.precision_bits + 1, to.min_exponent);
  cpp_int kept;
  if (last <= exponent) {
    kept = magnitude << (exponent - last);
  } else {
    const auto dropped = static_cast<unsigned>(last - exponent);
    kept = magnitude >> dropped;
    const cpp_int rest = magnitude - (kept << dropped);
    const cpp_int half = cpp_int(1) << (dropped - 1);
    if (rest > half || (rest == half && bit_test(kept, 0))) ++kept;
  }
  const double value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(kept)), last);
  const double limited =
      value < std::ldexp(1.0, to.max_exponent) ? value : std::numeric_limits<double>::infinity();
  const double signed_value = units < 0 ? -limited : limited;
  if (!to.is_integer) return signed_value;
  const IntegerRange range = integer_range(to.type);
  // An integer has no signed zero: adding +0 takes the sign away.
  return std::clamp(signed_value, static_cast<double>(range.low), static_cast<double>(range.high)) +
         0.0;
}

/// A sum of products of f32 (ExactF32) or f64 (ExactF64) rounded to `to`; infinities and NaNs stay
/// what they are in a floating type; an integer type has its ends for them, and 0.
template <unsigned kBits>
double round_exact(const Binary<kBits>& value, const ElementTraits& to) {
  // The product of two least subnormals.
  constexpr int kUnit = kBits == 640 ? -298 : -2148;
  if (isnan(value)) return to.is_integer ? 0 : std::numeric_limits<double>::quiet_NaN();
  if (isinf(value)) {
    const IntegerRange range = integer_range(to.type);
    if (to.is_integer) return static_cast<double>(value < 0 ? range.low : range.high);
    return std::copysign(std::numeric_limits<double>::infinity(), value < 0 ? -1.0 : 1.0);
  }
  return round_dyadic(static_cast<boost::multiprecision::cpp_int>(ldexp(value, -kUnit)), kUnit, to);
}

}  // namespace convcheck::reference
