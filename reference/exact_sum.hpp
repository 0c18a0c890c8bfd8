// SPDX-License-Identifier: Apache-2.0
// A sum of products held without rounding: one integer counter per power of two.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/element_type.hpp"
#include "core/wide.hpp"
#include "reference/long_sum.hpp"

namespace convcheck::reference {

/// A sum of products of two f64, whatever their exponents and order, and their number below 2^60.
///
/// Every finite f64 is m * 2^e with integers m, e >= kMinExponent, so every product is an integer
/// multiple of 2^(2 kMinExponent) and is counted, whole, in the counter of its exponent (Kulisch,
/// Computer Arithmetic and Validity, 2nd ed. 2013, ch. 8, with the long accumulator's carries put
/// off). Operands must be finite. No floating-point arithmetic takes part.
class ExactSum {
  static constexpr int kDigits = std::numeric_limits<double>::digits;
  static constexpr int kMinExponent = std::numeric_limits<double>::min_exponent - kDigits;
  static constexpr int kMaxExponent = std::numeric_limits<double>::max_exponent - kDigits;
  static constexpr int kHeadroom =
      2 * kDigits + 62;  // Bits of the largest counter and of its carries.
  static constexpr int kCounters = 2 * (kMaxExponent - kMinExponent) + 1 + kHeadroom;

 public:
  /// A product has 2 kDigits bits; this many of them, and a carry, leave the sign bit alone.
  static constexpr std::int64_t kTermsBetweenCarries = std::int64_t{1} << 20;

  /// Adds a*b.
  void add_product(double a, double b) {
    const Decoded x = decode(a);
    const Decoded y = decode(b);
    counters_[static_cast<std::size_t>(x.exponent + y.exponent)] += Int128{x.mantissa} * y.mantissa;
    if (++terms_ == kTermsBetweenCarries) {
      carry();
      terms_ = 0;
    }
  }

  void clear() {
    counters_.fill(0);
    terms_ = 0;
  }

  /// The sum rounded once to the type `to`, to nearest, ties to even; the double holds that value
  /// exactly. Beyond the type's range it is an infinity, of an integer type, too: where that stops
  /// is round_to_type's. An exact zero is +0; a sum that rounds to zero keeps its sign.
  [[nodiscard]] double rounded(const ElementTraits& to,
                               Rounding rounding = Rounding::kNearestEven) {
    carry();
    const bool negative = counters_.back() < 0;
    if (negative) {
      for (Int128& counter : counters_) counter = -counter;
      carry();
    }
    terms_ = 0;
    const double magnitude = rounded_magnitude(to, rounding);
    if (negative) {
      for (Int128& counter : counters_) counter = -counter;
    }
    return negative ? -magnitude : magnitude;
  }

 private:
  struct Decoded {
    std::int64_t mantissa;
    int exponent;  // Above kMinExponent.
  };
  static Decoded decode(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    constexpr std::uint64_t kHidden = std::uint64_t{1} << (kDigits - 1);
    const int field = static_cast<int>(bits >> (kDigits - 1)) & 0x7ff;
    const std::uint64_t fraction = bits & (kHidden - 1);
    const auto mantissa = static_cast<std::int64_t>(field == 0 ? fraction : fraction | kHidden);
    return {bits >> 63 != 0 ? -mantissa : mantissa, field == 0 ? 0 : field - 1};
  }

  // Leaves one bit in every counter but the last, which takes the sign.
  void carry() {
    Int128 above = 0;
    for (std::size_t i = 0; i + 1 < counters_.size(); ++i) {
      const Int128 sum = counters_[i] + above;
      counters_[i] = sum & 1;
      above = sum >> 1;
    }
    counters_.back() += above;
  }

  // Requires carried, non-negative counters: bit i of the sum is worth 2^(2 kMinExponent + i).
  [[nodiscard]] double rounded_magnitude(const ElementTraits& to, Rounding rounding) const {
    int lead = kCounters - 1;
    while (lead >= 0 && counters_[static_cast<std::size_t>(lead)] == 0) --lead;
    if (lead < 0) return 0.0;
    // The last bit that the result keeps: `precision` bits, or less where it is subnormal.
    const int last = std::max(lead - to.precision_bits + 1, to.min_exponent - 2 * kMinExponent);
    const auto bit = [&](int i) { return i >= 0 && counters_[static_cast<std::size_t>(i)] != 0; };
    std::int64_t kept = 0;
    for (int i = lead; i >= last; --i) kept = 2 * kept + (bit(i) ? 1 : 0);
    bool sticky = false;
    for (int i = std::min(last - 2, lead); i >= 0 && !sticky; --i) sticky = bit(i);
    if (rounding == Rounding::kNoSticky) sticky = false;
    const bool odd = kept % 2 != 0 || rounding == Rounding::kTiesAway;
    if (last - 1 <= lead && bit(last - 1) && (sticky || odd)) ++kept;
    const double value = std::ldexp(static_cast<double>(kept), last + 2 * kMinExponent);
    return value >= std::ldexp(1.0, to.max_exponent) ? std::numeric_limits<double>::infinity()
                                                     : value;
  }

  std::array<Int128, kCounters> counters_{};
  std::int64_t terms_ = 0;
};

}  // namespace convcheck::reference
