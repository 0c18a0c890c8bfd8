// SPDX-License-Identifier: Apache-2.0
#include "reference/settle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reference/settle.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
constexpr D kD;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(HWY_LANES(double));

// Highway's own conversion to f32 has the largest f32 for infinities where it works without SIMD.
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
constexpr bool kDemotes = false;
#else
constexpr bool kDemotes = true;
#endif

HWY_INLINE V to_f32(V v) {
  if constexpr (kDemotes) return hn::PromoteTo(kD, hn::DemoteTo(hn::Rebind<float, D>(), v));
  HWY_ALIGN double lanes[kLanes];
  hn::Store(v, kD, lanes);
  for (double& lane : lanes) lane = static_cast<double>(static_cast<float>(lane));
  return hn::Load(kD, lanes);
}

struct ToF64 {
  explicit ToF64(const Certificate&) {}
  HWY_INLINE V operator()(V v) const { return v; }
};

struct ToF32 {
  explicit ToF32(const Certificate&) {}
  HWY_INLINE V operator()(V v) const { return to_f32(v); }
};

// bf16 and f16, from f64 at once.
struct ToSmall {
  explicit ToSmall(const Certificate& c)
      : shift(53 - traits(c.to).precision_bits),
        least_normal(std::ldexp(1.0, traits(c.to).min_exponent + traits(c.to).precision_bits - 1)),
        limit(std::ldexp(1.0, traits(c.to).max_exponent)),
        magic(std::ldexp(1.0, traits(c.to).min_exponent + 52)) {}

  HWY_INLINE V operator()(V v) const {
    const hn::RebindToUnsigned<D> du;
    const V magnitude = hn::Abs(v);
    // Half a unit less one, and one more for an odd last bit: carries over only past a tie or an
    // odd one. A carry out of the fraction moves into the exponent by itself.
    const auto bits = hn::BitCast(du, magnitude);
    const auto odd = hn::And(hn::ShiftRightSame(bits, shift), hn::Set(du, 1));
    const auto half = hn::Set(du, (std::uint64_t{1} << (shift - 1)) - 1);
    const auto sum = hn::Add(bits, hn::Add(half, odd));
    const V normal = hn::BitCast(kD, hn::ShiftLeftSame(hn::ShiftRightSame(sum, shift), shift));
    // The last place of `magic` is the least subnormal.
    const V m = hn::Set(kD, magic);
    const V subnormal = hn::Sub(hn::Add(magnitude, m), m);
    V r = hn::IfThenElse(hn::Lt(magnitude, hn::Set(kD, least_normal)), subnormal, normal);
    const V infinity = hn::Set(kD, std::numeric_limits<double>::infinity());
    r = hn::IfThenElse(hn::Ge(r, hn::Set(kD, limit)), infinity, r);
    return hn::CopySign(r, v);
  }

  int shift;
  double least_normal, limit, magic;
};

struct ToInteger {
  explicit ToInteger(const Certificate& c)
      : low(static_cast<double>(integer_range(c.to).low)),
        high(static_cast<double>(integer_range(c.to).high)) {}
  HWY_INLINE V operator()(V v) const {
    // Adding +0 takes the sign of a zero away.
    const V limited = hn::Min(hn::Max(v, hn::Set(kD, low)), hn::Set(kD, high));
    return hn::Add(hn::Round(limited), hn::Zero(kD));
  }
  double low, high;
};

// By a conversion that a test made wrong.
struct Planted {
  explicit Planted(const Certificate& c) : certificate(c) {}
  HWY_INLINE V operator()(V v) const {
    HWY_ALIGN double lanes[kLanes];
    hn::Store(v, kD, lanes);
    for (double& lane : lanes) lane = certificate.round(lane);
    return hn::Load(kD, lanes);
  }
  const Certificate& certificate;
};

template <class Round>
void settle_with(const Certificate& c, std::int64_t count, double* value, double* sum_abs,
                 Tier* tier, std::int64_t first, std::vector<std::int32_t>& unsettled) {
  const Round round(c);
  const V factor = hn::Set(kD, c.error_factor);
  const V exact_limit = hn::Set(kD, c.exact_limit);
  const V infinity = hn::Set(kD, std::numeric_limits<double>::infinity());
  const bool zero = c.accepts_zero();
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const V v = hn::Load(kD, value + i);
    const V s = hn::Load(kD, sum_abs + i);
    const V e = hn::Mul(factor, s);
    V width = e;
    V up = hn::Add(s, e);
    if constexpr (std::is_same_v<Round, Planted>) {
      width = hn::Mul(e, hn::Set(kD, c.faults->interval_scale));
      if (!c.faults->bound_sum_abs) up = s;
    }
    const auto exact = hn::Lt(s, exact_limit);
    const V center = hn::IfThenZeroElse(exact, width);
    const V low = round(hn::Sub(v, center));
    const V high = round(hn::Add(v, center));
    auto same = hn::Eq(low, high);
    if (!zero) same = hn::And(same, hn::Ne(low, hn::Zero(kD)));
    // An exact sum and its S need no room; +0 where both are.
    const auto settled = hn::Or(exact, hn::And(same, hn::Lt(s, infinity)));
    hn::Store(hn::IfThenElse(settled, low, v), kD, value + i);
    hn::Store(hn::IfThenElse(exact, s, up), kD, sum_abs + i);
    const std::int64_t lanes = std::min(kLanes, count - i);
    if (hn::AllTrue(kD, hn::AndNot(exact, settled))) {
      std::fill_n(tier + i, lanes, Tier::kInterval);
    } else if (hn::AllTrue(kD, exact)) {
      std::fill_n(tier + i, lanes, Tier::kExactSum);
    } else {
      HWY_ALIGN double is_exact[kLanes];
      HWY_ALIGN double is_settled[kLanes];
      const V one = hn::Set(kD, 1);
      hn::Store(hn::IfThenElseZero(exact, one), kD, is_exact);
      hn::Store(hn::IfThenElseZero(settled, one), kD, is_settled);
      for (std::int64_t j = 0; j < lanes; ++j) {
        tier[i + j] = is_exact[j] != 0 ? Tier::kExactSum : Tier::kInterval;
        if (is_settled[j] == 0) unsettled.push_back(static_cast<std::int32_t>(first + i + j));
      }
    }
  }
}

}  // namespace

void settle(const Certificate& c, std::int64_t count, double* value, double* sum_abs, Tier* tier,
            std::int64_t first, std::vector<std::int32_t>& unsettled) {
  const auto with = [&](auto settle_rounded) {
    settle_rounded(c, count, value, sum_abs, tier, first, unsettled);
  };
  if (c.faults != nullptr) return with(settle_with<Planted>);
  switch (c.to) {
    case ElementType::kF32:
      return with(settle_with<ToF32>);
    case ElementType::kF64:
      return with(settle_with<ToF64>);
    case ElementType::kBf16:
    case ElementType::kF16:
      return with(settle_with<ToSmall>);
    default:
      return with(settle_with<ToInteger>);
  }
}

void store_f32(const double* values, std::int64_t count, float* to) {
  const hn::Rebind<float, D> half;
  std::int64_t i = 0;
  for (; kDemotes && i + kLanes <= count; i += kLanes)
    hn::StoreU(hn::DemoteTo(half, hn::LoadU(kD, values + i)), half, to + i);
  for (; i < count; ++i) to[i] = static_cast<float>(values[i]);
}

}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::reference {

HWY_EXPORT(settle);
HWY_EXPORT(store_f32);

void settle_sums(const Certificate& c, std::int64_t count, double* value, double* sum_abs,
                 Tier* tier, std::int64_t first, std::vector<std::int32_t>& unsettled) {
  HWY_DYNAMIC_DISPATCH(settle)(c, count, value, sum_abs, tier, first, unsettled);
}

namespace {

// x + d rounded to odd: the bits that do not fit leave the last one set. Rounding that to a type of
// two bits less is rounding the exact sum (Boldo and Melquiond, IEEE Trans. Comput. 57, 2008).
double add_to_odd(double x, double d) {
  const double sum = x + d;
  const double added = sum - x;
  const double error = (x - (sum - added)) + (d - added);
  const auto bits = std::bit_cast<std::uint64_t>(sum);
  if (error == 0 || !std::isfinite(sum) || bits % 2 != 0) return sum;
  return std::bit_cast<double>((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

}  // namespace

bool settle_bins(const Certificate& c, double& value, double low, double sum_abs) {
  const double high = value + low;
  const double added = high - value;
  const double rest = (value - (high - added)) + (low - added);
  const double most = sum_abs + c.error_factor * sum_abs;
  // At most 2^1000, so that no intermediate sum has overflown.
  if (!(most <= 0x1p1000)) return false;
  double error = 0;
  if (!(most < c.bins_exact_limit)) {
    // The last terms take in the rounding of the ends and of this expression.
    error = c.bins_factor * most + 0x1p-1073;
    error += 0x1p-51 * (std::fabs(rest) + error);
  }
  const bool wide = c.to == ElementType::kF64;
  const auto end = [&](double d) {
    if (wide) return high + d;
    const bool to_odd = c.faults == nullptr || c.faults->ends_to_odd;
    const double odd = to_odd ? add_to_odd(high, d) : high + d;
    return c.round(c.scale == 0 ? odd : std::ldexp(odd, -c.scale));
  };
  const double least = end(rest - error);
  if (least != end(rest + error)) return false;
  if (least == 0 && error != 0 && !c.accepts_zero()) return false;
  value = least;
  if (!wide || c.scale == 0) return true;
  // Rounded at 53 bits: the scale must leave a normal number.
  value = std::ldexp(least, -c.scale);
  return least == 0 || (std::fabs(value) >= 0x1p-1022 && std::isfinite(value));
}

double upper_bound(const Certificate& c, double sum_abs) {
  const bool as_it_is = is_exact(c, sum_abs) || (c.faults != nullptr && !c.faults->bound_sum_abs);
  const double up = as_it_is ? sum_abs : sum_abs + c.error_factor * sum_abs;
  if (c.scale == 0) return up;
  const double unscaled = std::ldexp(up, -c.scale);
  if (std::ldexp(unscaled, c.scale) >= up) return unscaled;
  return std::nextafter(unscaled, std::numeric_limits<double>::infinity());
}

void store_values(ElementType to, const double* values, std::int64_t count, std::byte* data,
                  std::int64_t first, std::int64_t step) {
  if (to == ElementType::kF32 && step == 1) {
    HWY_DYNAMIC_DISPATCH(store_f32)(values, count, reinterpret_cast<float*>(data) + first);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) store_rounded(to, data, first + i * step, values[i]);
}

}  // namespace convcheck::reference
#endif  // HWY_ONCE
