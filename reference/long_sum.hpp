// SPDX-License-Identifier: Apache-2.0
// A sum of f64 numbers held without rounding, in 32-bit digits with room for carries.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/element_type.hpp"
#include "core/wide.hpp"

namespace convcheck::reference {

/// How a value between two neighbours of a format is rounded; kNearestEven is the only right one,
/// the others exist so that tests can plant them.
enum class Rounding { kNearestEven, kTiesAway, kNoSticky };

/// The sum of up to kTermsBetweenCarries finite f64 numbers between calls of carry().
///
/// A finite f64 is m * 2^(e - 1075) with |m| < 2^53 and e in [1, 2046]. Digit i counts
/// 2^(32 i - 1075); with e = 32 i + shift, m * 2^shift is split into 32 low bits for digit i and at
/// most 53 others for digit i + 1 (Neal, "Fast exact summation using small and large
/// superaccumulators", arXiv 1505.05571, 2015). No floating-point addition takes part.
class LongSum {
 public:
  static constexpr int kDigits = 67;  // 64 for the exponents, one above, two for carries.
  static constexpr int kUnitExponent = -1075;
  static constexpr std::int64_t kTermsBetweenCarries = 1000;

  void clear() { digits_.fill(0); }

  void add(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const int field = static_cast<int>(bits >> 52) & 0x7ff;
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
    const std::uint64_t m = field == 0 ? fraction : fraction | (std::uint64_t{1} << 52);
    const int exponent = std::max(field, 1);
    const int shift = exponent % 32;
    const auto low = static_cast<std::int64_t>((m << shift) & 0xffffffffU);
    const auto high = static_cast<std::int64_t>(m >> (32 - shift));
    const bool negative = bits >> 63 != 0;
    digits_[static_cast<std::size_t>(exponent / 32)] += negative ? -low : low;
    digits_[static_cast<std::size_t>(exponent / 32 + 1)] += negative ? -high : high;
  }

  /// Digit i, for kernels that split many numbers at once.
  std::int64_t& operator[](std::int64_t i) { return digits_[static_cast<std::size_t>(i)]; }

  /// Leaves 32 bits in every digit but the last, which takes the sign.
  void carry() {
    std::int64_t above = 0;
    for (int i = 0; i + 1 < kDigits; ++i) {
      const std::int64_t sum = digits_[static_cast<std::size_t>(i)] + above;
      digits_[static_cast<std::size_t>(i)] = sum & 0xffffffff;
      above = sum >> 32;
    }
    digits_.back() += above;
  }

  /// The sum times 2^scale rounded once to the type `to`, to nearest, ties to even; the double
  /// holds that value exactly. Beyond the type's range it is an infinity, of an integer type, too:
  /// where that stops is round_to_type's. An exact zero is +0; a sum that rounds to zero keeps its
  /// sign. Leaves the magnitude behind.
  [[nodiscard]] double rounded(const ElementTraits& to, int scale = 0,
                               Rounding rounding = Rounding::kNearestEven) {
    carry();
    const bool negative = digits_.back() < 0;
    if (negative) {
      for (std::int64_t& digit : digits_) digit = -digit;
      carry();
    }
    const double magnitude = rounded_magnitude(to, scale, rounding);
    return negative ? -magnitude : magnitude;
  }

 private:
  // Requires carried, non-negative digits.
  [[nodiscard]] double rounded_magnitude(const ElementTraits& to, int scale,
                                         Rounding rounding) const {
    int top = kDigits - 1;
    while (top >= 0 && digits_[static_cast<std::size_t>(top)] == 0) --top;
    if (top < 0) return 0.0;
    const auto digit = [&](int i) {
      return i < 0 ? std::uint64_t{0}
                   : static_cast<std::uint64_t>(digits_[static_cast<std::size_t>(i)]);
    };
    const int lead = 32 * top + static_cast<int>(std::bit_width(digit(top))) - 1;
    const int unit = kUnitExponent + scale;
    // The last bit that the result keeps: `precision` bits, or less where it is subnormal.
    const int last = std::max(lead - to.precision_bits + 1, to.min_exponent - unit);
    if (last > lead + 1) return 0.0;
    // At least 64 bits from the leading one down, the lowest of them bit `low`.
    const int low = 32 * (top - 2);
    const Uint128 window =
        static_cast<Uint128>(digit(top)) << 64 | digit(top - 1) << 32 | digit(top - 2);
    auto kept = static_cast<std::int64_t>(window >> (last - low));
    const bool half = (window >> (last - 1 - low) & 1) != 0;
    bool sticky = (window & ((Uint128{1} << (last - 1 - low)) - 1)) != 0;
    for (int i = top - 3; i >= 0 && !sticky; --i) sticky = digit(i) != 0;
    if (rounding == Rounding::kNoSticky) sticky = false;
    const bool odd = kept % 2 != 0 || rounding == Rounding::kTiesAway;
    if (half && (sticky || odd)) ++kept;
    const double value = std::ldexp(static_cast<double>(kept), last + unit);
    return value >= std::ldexp(1.0, to.max_exponent) ? std::numeric_limits<double>::infinity()
                                                     : value;
  }

  std::array<std::int64_t, kDigits> digits_{};
};

}  // namespace convcheck::reference
