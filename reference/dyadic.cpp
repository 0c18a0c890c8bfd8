// SPDX-License-Identifier: Apache-2.0
#include "reference/dyadic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "reference/rounding.hpp"

namespace convcheck::reference {

using boost::multiprecision::cpp_int;

Dyadic make_dyadic(cpp_int units, int exponent) {
  Dyadic d;
  if (units == 0) return d;
  const auto zeros = static_cast<int>(lsb(cpp_int(abs(units))));
  const cpp_int odd = abs(units) >> zeros;
  d.units = units < 0 ? cpp_int(-odd) : odd;
  d.exponent = exponent + zeros;
  return d;
}

Dyadic make_dyadic(Kind kind) {
  Dyadic d;
  d.kind = kind;
  return d;
}

Dyadic make_dyadic(double value) {
  if (std::isnan(value)) return make_dyadic(Kind::kNan);
  if (std::isinf(value)) return make_dyadic(value < 0 ? Kind::kMinusInfinity : Kind::kPlusInfinity);
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return make_dyadic(cpp_int(static_cast<std::int64_t>(std::ldexp(fraction, 53))), exponent - 53);
}

std::string to_string(const Dyadic& d) {
  switch (d.kind) {
    case Kind::kNan:
      return "nan";
    case Kind::kPlusInfinity:
      return "inf";
    case Kind::kMinusInfinity:
      return "-inf";
    case Kind::kFinite:
      break;
  }
  const std::string digits = cpp_int(abs(d.units)).str(0, std::ios_base::hex);
  return fmt::format("{}0x{}p{:+}", d.units < 0 ? "-" : "", digits, d.exponent);
}

std::string to_decimal(const Dyadic& d) {
  if (d.kind != Kind::kFinite) return to_string(d);
  return fmt::format("{}*2^{}", d.units.str(), d.exponent);
}

double rounded(const Dyadic& d, ElementType type) {
  const ElementTraits& to = traits(type);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double value = 0;
  switch (d.kind) {
    case Kind::kNan:
      value = std::numeric_limits<double>::quiet_NaN();
      break;
    case Kind::kPlusInfinity:
      value = kInfinity;
      break;
    case Kind::kMinusInfinity:
      value = -kInfinity;
      break;
    case Kind::kFinite:
      value = round_dyadic(d.units, d.exponent, to);
      break;
  }
  if (!to.is_integer) return value;
  if (std::isnan(value)) return 0;
  const IntegerRange range = integer_range(type);
  return std::clamp(value, static_cast<double>(range.low), static_cast<double>(range.high)) + 0.0;
}

}  // namespace convcheck::reference
