// SPDX-License-Identifier: Apache-2.0
#include "reference/faults.hpp"

#include <algorithm>
#include <cmath>

#include "core/tensor.hpp"

namespace convcheck::reference {

double convert(Faults::Conversion conversion, ElementType to, double v) {
  using enum Faults::Conversion;
  const ElementTraits& type = traits(to);
  const double right = round_to_type(to, v);
  if (type.is_integer) {
    if (conversion == kTiesAway) return round_to_type(to, std::round(v));
    return conversion == kTowardZero ? round_to_type(to, std::trunc(v)) : right;
  }
  const bool finite = std::isfinite(v);
  // v in units of the last place that the result keeps.
  const auto in_units = [&](double (*round)(double)) {
    if (!finite || v == 0) return right;
    const int last = std::max(std::ilogb(v) - type.precision_bits + 1, type.min_exponent);
    return round_to_type(to, std::ldexp(round(std::ldexp(v, -last)), last));
  };
  switch (conversion) {
    case kRight:
      break;
    case kThroughF32:
      return round_to_type(to, static_cast<double>(static_cast<float>(v)));
    case kTiesAway:
      return in_units([](double units) { return std::round(units); });
    case kTowardZero:
      return in_units([](double units) { return std::trunc(units); });
    case kOverflowLimited: {
      const double most =
          std::ldexp(2 - std::ldexp(1.0, 1 - type.precision_bits), type.max_exponent - 1);
      return std::isinf(right) && finite ? std::copysign(most, v) : right;
    }
    case kZeroUnsigned:
      return right + 0.0;
    case kFlushed:
      return std::fabs(right) < std::ldexp(1.0, type.min_exponent + type.precision_bits - 1)
                 ? std::copysign(0.0, right)
                 : right;
  }
  return right;
}

}  // namespace convcheck::reference
