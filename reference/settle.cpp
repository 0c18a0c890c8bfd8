// SPDX-License-Identifier: Apache-2.0
#include "reference/settle.hpp"

#include <algorithm>
#include <bit>
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

template <class R>
struct RoundingTo {
  using Round = R;
};
template <class Body>
HWY_INLINE void with_rounding(ElementType to, Body&& body) {
  switch (to) {
    case ElementType::kF32:
      return body(RoundingTo<ToF32>());
    case ElementType::kF64:
      return body(RoundingTo<ToF64>());
    case ElementType::kBf16:
    case ElementType::kF16:
      return body(RoundingTo<ToSmall>());
    default:
      return body(RoundingTo<ToInteger>());
  }
}

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

// x + d rounded to odd: the bits that do not fit leave the last one set. Rounding that to a type of
// two bits less is rounding the exact sum (Boldo and Melquiond, IEEE Trans. Comput. 57, 2008).
HWY_INLINE V add_to_odd(V x, V d) {
  const hn::RebindToUnsigned<D> du;
  const V zero = hn::Zero(kD);
  const V sum = hn::Add(x, d);
  const V added = hn::Sub(sum, x);
  const V error = hn::Add(hn::Sub(x, hn::Sub(sum, added)), hn::Sub(d, added));
  const auto bits = hn::BitCast(du, sum);
  const auto one = hn::Set(du, 1);
  const auto even = hn::RebindMask(kD, hn::Eq(hn::And(bits, one), hn::Zero(du)));
  // An even number is left towards its neighbour on the error's side: outwards if signs are alike.
  const auto outwards = hn::Gt(hn::Mul(error, hn::CopySign(hn::Set(kD, 1), sum)), zero);
  const auto moved = hn::IfThenElse(outwards, hn::BitCast(kD, hn::Add(bits, one)),
                                    hn::BitCast(kD, hn::Sub(bits, one)));
  const auto finite = hn::Lt(hn::Abs(sum), hn::Set(kD, std::numeric_limits<double>::infinity()));
  return hn::IfThenElse(hn::And(hn::And(even, finite), hn::Ne(error, zero)), moved, sum);
}

template <class Round>
void settle_bins_with(const Certificate& c, std::int64_t count, const BinResults& bins,
                      double* value, double* upper, Tier* tier, std::int64_t first,
                      std::vector<std::int32_t>& unsettled) {
  const Round round(c);
  const bool zero = c.accepts_zero();
  const V none = hn::Zero(kD);
  const auto end = [&](V high, V d) HWY_ATTR {
    if constexpr (std::is_same_v<Round, ToF64>) return hn::Add(high, d);
    return round(add_to_odd(high, d));
  };
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const V v = hn::Load(kD, bins.value + i);
    const V l = hn::Load(kD, bins.low + i);
    const V s = hn::Load(kD, bins.sum_abs + i);
    // As settle_bins, one by one.
    const V most = hn::Add(s, hn::Mul(hn::Set(kD, c.error_factor), s));
    const V high = hn::Add(v, l);
    const V added = hn::Sub(high, v);
    const V rest = hn::Add(hn::Sub(v, hn::Sub(high, added)), hn::Sub(l, added));
    V error = hn::Add(hn::Mul(hn::Set(kD, c.bins_factor), most), hn::Set(kD, 0x1p-1073));
    error = hn::Add(error, hn::Mul(hn::Set(kD, 0x1p-51), hn::Add(hn::Abs(rest), error)));
    const auto no_error = hn::Lt(most, hn::Set(kD, c.bins_exact_limit));
    error = hn::IfThenZeroElse(no_error, error);
    const V least = end(high, hn::Sub(rest, error));
    auto settled = hn::Eq(least, end(high, hn::Add(rest, error)));
    if (!zero) settled = hn::And(settled, hn::Or(no_error, hn::Ne(least, none)));
    settled = hn::And(settled, hn::Le(most, hn::Set(kD, 0x1p1000)));
    hn::Store(hn::IfThenElse(settled, least, v), kD, value + i);
    const auto exact = hn::Lt(s, hn::Set(kD, c.exact_limit));
    if (upper != nullptr) hn::Store(hn::IfThenElse(exact, s, most), kD, upper + i);
    const std::int64_t lanes = std::min(kLanes, count - i);
    if (hn::AllTrue(kD, hn::AndNot(exact, settled))) {
      std::fill_n(tier + i, lanes, Tier::kTwoBins);
      continue;
    }
    HWY_ALIGN double is_exact[kLanes];
    HWY_ALIGN double is_settled[kLanes];
    hn::Store(hn::IfThenElseZero(exact, hn::Set(kD, 1)), kD, is_exact);
    hn::Store(hn::IfThenElseZero(settled, hn::Set(kD, 1)), kD, is_settled);
    for (std::int64_t j = 0; j < lanes; ++j) {
      tier[i + j] = is_exact[j] != 0 ? Tier::kExactSum : Tier::kTwoBins;
      if (is_settled[j] == 0) unsettled.push_back(static_cast<std::int32_t>(first + i + j));
    }
  }
}

// Values that the type has, to fields of it: what store_rounded does, without rounding again, which
// took 20 ns an element for bf16.
HWY_INLINE void put(double v, float& to) { to = static_cast<float>(v); }
HWY_INLINE void put(double v, double& to) { to = v; }
HWY_INLINE void put(double v, Bf16& to) {
  to.bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(v)) >> 16);
}
HWY_INLINE void put(double v, F16& to) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(v));
  // As widened(), the other way round: scaled by 2^-112 the fields stand at their places, and only
  // NaN and infinities stand beyond.
  const float scaled = std::fabs(static_cast<float>(v)) * 0x1p-112F;
  const bool special = !(std::fabs(v) < 0x1p16);
  const std::uint32_t fields =
      special ? ((bits >> 13) & 0x3ffU) | 0x7c00U : std::bit_cast<std::uint32_t>(scaled) >> 13;
  to.bits = static_cast<std::uint16_t>((bits >> 16 & 0x8000U) | fields);
}
template <class Integer>
requires std::is_integral_v<Integer> HWY_INLINE void put(double v, Integer& to) {
  to = static_cast<Integer>(std::isnan(v) ? 0.0 : v);
}

template <class T>
void store_as(const double* values, std::int64_t count, T* to, std::int64_t step) {
  std::int64_t i = 0;
  if constexpr (kDemotes && std::is_same_v<T, float>) {
    const hn::Rebind<float, D> half;
    for (; step == 1 && i + kLanes <= count; i += kLanes)
      hn::StoreU(hn::DemoteTo(half, hn::LoadU(kD, values + i)), half, to + i);
  }
  if (step == 1) {
    for (; i < count; ++i) put(values[i], to[i]);
  } else {
    for (; i < count; ++i) put(values[i], to[i * step]);
  }
}

}  // namespace

void settle(const Certificate& c, std::int64_t count, double* value, double* sum_abs, Tier* tier,
            std::int64_t first, std::vector<std::int32_t>& unsettled) {
  if (c.faults != nullptr)
    return settle_with<Planted>(c, count, value, sum_abs, tier, first, unsettled);
  with_rounding(c.to, [&](auto type) HWY_ATTR {
    settle_with<typename decltype(type)::Round>(c, count, value, sum_abs, tier, first, unsettled);
  });
}

void settle_two_bins(const Certificate& c, std::int64_t count, const BinResults& bins,
                     double* value, double* upper, Tier* tier, std::int64_t first,
                     std::vector<std::int32_t>& unsettled) {
  with_rounding(c.to, [&](auto type) HWY_ATTR {
    settle_bins_with<typename decltype(type)::Round>(c, count, bins, value, upper, tier, first,
                                                     unsettled);
  });
}

void store(ElementType type, const double* values, std::int64_t count, std::byte* data,
           std::int64_t first, std::int64_t step) {
  with_stored_type(type, [&](auto sample) HWY_ATTR {
    store_as(values, count, reinterpret_cast<decltype(sample)*>(data) + first, step);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::reference {

HWY_EXPORT(settle);
HWY_EXPORT(settle_two_bins);
HWY_EXPORT(store);

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

void settle_bins(const Certificate& c, std::int64_t count, const BinResults& bins, double* value,
                 double* upper, Tier* tier, std::int64_t first,
                 std::vector<std::int32_t>& unsettled) {
  if (c.scale == 0 && c.faults == nullptr) {
    HWY_DYNAMIC_DISPATCH(settle_two_bins)
    (c, count, bins, value, upper, tier, first, unsettled);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    value[i] = bins.value[i];
    if (!settle_bins(c, value[i], bins.low[i], bins.sum_abs[i]))
      unsettled.push_back(static_cast<std::int32_t>(first + i));
    if (upper != nullptr) upper[i] = upper_bound(c, bins.sum_abs[i]);
    tier[i] = is_exact(c, bins.sum_abs[i]) ? Tier::kExactSum : Tier::kTwoBins;
  }
}

void store_values(ElementType to, const double* values, std::int64_t count, std::byte* data,
                  std::int64_t first, std::int64_t step) {
  HWY_DYNAMIC_DISPATCH(store)(to, values, count, data, first, step);
}

}  // namespace convcheck::reference
#endif  // HWY_ONCE
