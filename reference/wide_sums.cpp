// SPDX-License-Identifier: Apache-2.0
#include "reference/wide_sums.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/wide.hpp"
#include "reference/operand_values.hpp"
#include "reference/scatter.hpp"

namespace convcheck::reference {

Split split(double value) {
  Split s;
  s.negative = std::signbit(value);
  if (std::isnan(value)) s.kind = Kind::kNan;
  if (std::isinf(value)) s.kind = s.negative ? Kind::kMinusInfinity : Kind::kPlusInfinity;
  if (!std::isfinite(value) || value == 0) return s;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  s.magnitude = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  const int zeros = std::countr_zero(s.magnitude);
  s.magnitude >>= zeros;
  s.exponent = exponent - 53 + zeros;
  return s;
}

WideSums::WideSums(std::size_t count, int low, int high)
    // 62 bits for the number of terms; a product that begins in the last limb ends two limbs on.
    : limbs_(static_cast<std::size_t>((high - low + 62) / 64 + 3)),
      unit_(low),
      sums_(2 * count * limbs_),
      kinds_(count) {}

void WideSums::add(std::size_t i, const Split& a, const Split& b) {
  const bool negative = a.negative != b.negative;
  if (a.kind != Kind::kFinite || b.kind != Kind::kFinite) {
    const auto zero = [](const Split& s) { return s.kind == Kind::kFinite && s.magnitude == 0; };
    const bool no_number = a.kind == Kind::kNan || b.kind == Kind::kNan || zero(a) || zero(b);
    kinds_[i] |= no_number ? kNot : negative ? kMinus : kPlus;
    return;
  }
  const Uint128 product = Uint128{a.magnitude} * b.magnitude;
  if (product == 0) return;
  const auto shift = static_cast<unsigned>(a.exponent + b.exponent - unit_);
  const unsigned bit = shift % 64;
  std::uint64_t* limb = &sums_[(2 * i + (negative ? 1 : 0)) * limbs_ + shift / 64];
  const std::uint64_t parts[] = {static_cast<std::uint64_t>(product << bit),
                                 static_cast<std::uint64_t>((product << bit) >> 64),
                                 bit == 0 ? 0 : static_cast<std::uint64_t>(product >> (128 - bit))};
  Uint128 carry = 0;
  for (const std::uint64_t part : parts) {
    carry += Uint128{*limb} + part;
    *limb++ = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  for (; carry != 0; ++limb) carry = ++*limb == 0 ? 1 : 0;
}

Kind WideSums::kind(std::size_t i) const {
  switch (kinds_[i]) {
    case 0:
      return Kind::kFinite;
    case kPlus:
      return Kind::kPlusInfinity;
    case kMinus:
      return Kind::kMinusInfinity;
    default:
      return Kind::kNan;
  }
}

std::span<const std::uint64_t> WideSums::side(std::size_t i, bool negative) const {
  return std::span(sums_).subspan((2 * i + (negative ? 1 : 0)) * limbs_, limbs_);
}

Magnitude WideSums::sum(std::size_t i) const {
  auto large = side(i, false);
  auto small = side(i, true);
  Magnitude m;
  m.unit = unit_;
  m.negative =
      std::lexicographical_compare(large.rbegin(), large.rend(), small.rbegin(), small.rend());
  if (m.negative) std::swap(large, small);
  m.limbs.resize(limbs_);
  std::uint64_t borrow = 0;
  for (std::size_t l = 0; l < limbs_; ++l) {
    const Uint128 difference = Uint128{large[l]} - small[l] - borrow;
    m.limbs[l] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  }
  return m;
}

Magnitude WideSums::sum_abs(std::size_t i) const {
  const auto plus = side(i, false);
  const auto minus = side(i, true);
  Magnitude m;
  m.unit = unit_;
  m.limbs.resize(limbs_);
  Uint128 carry = 0;
  for (std::size_t l = 0; l < limbs_; ++l) {
    carry += Uint128{plus[l]} + minus[l];
    m.limbs[l] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return m;
}

Dyadic to_dyadic(const Magnitude& m) {
  boost::multiprecision::cpp_int units = 0;
  for (std::size_t l = m.limbs.size(); l-- > 0;) units = (units << 64) + m.limbs[l];
  return make_dyadic(m.negative ? boost::multiprecision::cpp_int(-units) : units, m.unit);
}

Dyadic WideSums::value(std::size_t i) const {
  return kind(i) == Kind::kFinite ? to_dyadic(sum(i)) : make_dyadic(kind(i));
}

std::size_t operand_index(const ConvProblem& p, Role role) {
  std::size_t index = 0;
  for (const Role before : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
    if (before == role) break;
    index += before != p.written() && (before != Role::kBias || p.has_bias) ? 1 : 0;
  }
  return index;
}

WideSums wide_sums(const ConvProblem& p, const std::vector<Tensor>& operands) {
  const Role factors[] = {p.operation == Operation::kDeconv ? Role::kY : Role::kX,
                          p.operation == Operation::kWgrad ? Role::kY : Role::kW};
  const ElementTraits& result = traits(p.type(p.written()));
  // A bias has the type of the result.
  int low = result.min_exponent - 1;
  int high = result.max_exponent + 1;
  int lowest = 0;
  int highest = 0;
  for (const Role role : factors) {
    lowest += traits(p.type(role)).min_exponent;
    highest += traits(p.type(role)).max_exponent + 1;  // One bit for the zero point.
  }
  WideSums sums(static_cast<std::size_t>(element_count(p.shape(p.written()))),
                std::min(low, lowest), std::max(high, highest));
  const auto splits = [&](Role role) {
    const Tensor& tensor = operands[operand_index(p, role)];
    std::vector<Split> list;
    for (std::int64_t i = 0; i < tensor.count(); ++i)
      list.push_back(split(tensor.value(i) - zero_point(p, role)));
    return list;
  };
  const std::vector<Split> first = splits(factors[0]);
  const std::vector<Split> second = splits(factors[1]);
  for_each_reached(p, [&](std::size_t x, std::size_t w, std::size_t y) {
    switch (p.operation) {
      case Operation::kConv:
        return sums.add(y, first[x], second[w]);
      case Operation::kDeconv:
        return sums.add(x, first[y], second[w]);
      case Operation::kWgrad:
        return sums.add(w, first[x], second[y]);
    }
  });
  if (!p.has_bias) return sums;
  const std::vector<Split> bias = splits(Role::kBias);
  const Split one = split(1);
  const std::size_t positions = sums.count() / static_cast<std::size_t>(p.batch) / bias.size();
  for (std::size_t i = 0; i < sums.count(); ++i)
    sums.add(i, bias[i / positions % bias.size()], one);
  return sums;
}

int compare_magnitude(const Magnitude& m, std::uint64_t magnitude, int exponent) {
  bool dropped = false;
  if (exponent < m.unit) {
    const int drop = m.unit - exponent;
    const std::uint64_t kept = drop < 64 ? magnitude >> drop : 0;
    dropped = drop >= 64 ? magnitude != 0 : kept << drop != magnitude;
    magnitude = kept;
    exponent = m.unit;
  }
  const auto shift = static_cast<std::size_t>(exponent - m.unit);
  const Uint128 placed = Uint128{magnitude} << (shift % 64);
  const std::size_t limb = shift / 64;
  const auto at = [&](std::size_t i) { return i < m.limbs.size() ? m.limbs[i] : 0; };
  for (std::size_t i = m.limbs.size(); i-- > limb + 2;)
    if (m.limbs[i] != 0) return 1;
  const Uint128 top = (Uint128{at(limb + 1)} << 64) + at(limb);
  if (top != placed) return top < placed ? -1 : 1;
  for (std::size_t i = std::min(limb, m.limbs.size()); i-- > 0;)
    if (m.limbs[i] != 0) return 1;
  return dropped ? -1 : 0;
}

namespace {

// Whether |m| rounds to digits * 2^last, `last` being the place of the last digit at and above that
// value; `narrow` if the neighbour below is only half as far, `largest` if there is none above.
bool is_nearest(const Magnitude& m, std::uint64_t digits, int last, bool narrow, bool largest) {
  const bool even = digits % 2 == 0;
  if (!largest) {
    const int above = compare_magnitude(m, 2 * digits + 1, last - 1);
    if (above > 0 || (above == 0 && !even)) return false;
  }
  if (digits == 0) return true;
  const int below = narrow ? compare_magnitude(m, 4 * digits - 1, last - 2)
                           : compare_magnitude(m, 2 * digits - 1, last - 1);
  return below > 0 || (below == 0 && even);
}

}  // namespace

bool is_rounded(const Magnitude& m, double value, ElementType type) {
  const ElementTraits& to = traits(type);
  if (std::isnan(value)) return false;
  if (compare_magnitude(m, 0, m.unit) == 0) return value == 0 && !std::signbit(value);
  const double magnitude = std::fabs(value);
  if (to.is_integer) {
    const IntegerRange range = integer_range(type);
    const auto limit = static_cast<double>(m.negative ? -range.low : range.high);
    if (magnitude > limit || (value != 0 && std::signbit(value) != m.negative)) return false;
    return is_nearest(m, static_cast<std::uint64_t>(magnitude), 0, false, magnitude == limit);
  }
  if (std::signbit(value) != m.negative) return false;
  const auto power = std::uint64_t{1} << (to.precision_bits - 1);
  if (std::isinf(value))  // At or beyond the largest value and half its last bit.
    return compare_magnitude(m, 4 * power - 1, to.max_exponent - to.precision_bits - 1) >= 0;
  const int last = value == 0
                       ? to.min_exponent
                       : std::max(std::ilogb(value) - to.precision_bits + 1, to.min_exponent);
  const auto digits = static_cast<std::uint64_t>(std::ldexp(magnitude, -last));
  // Below a power of two values lie twice as dense, except among subnormals.
  return is_nearest(m, digits, last, digits == power && last > to.min_exponent, false);
}

bool is_rounded(const WideSums& sums, std::size_t i, double value, ElementType type) {
  const Kind kind = sums.kind(i);
  if (kind == Kind::kFinite) return is_rounded(sums.sum(i), value, type);
  if (!traits(type).is_integer) return make_dyadic(value).kind == kind;
  const IntegerRange range = integer_range(type);
  return value == static_cast<double>(kind == Kind::kNan             ? 0
                                      : kind == Kind::kMinusInfinity ? range.low
                                                                     : range.high);
}

namespace {

// The two highest limbs as top * 2^exponent.
struct Top {
  double top;
  int exponent;
};
Top top_of(const Magnitude& m) {
  std::size_t lead = m.limbs.size();
  while (lead > 2 && m.limbs[lead - 1] == 0) --lead;
  return {static_cast<double>((Uint128{m.limbs[lead - 1]} << 64) + m.limbs[lead - 2]),
          64 * static_cast<int>(lead - 2) + m.unit};
}

}  // namespace

double approximate(const Magnitude& m) {
  const auto [top, exponent] = top_of(m);
  return std::ldexp(m.negative ? -top : top, exponent);
}

double log2_of(const Magnitude& m) {
  const auto [top, exponent] = top_of(m);
  return std::log2(top) + exponent;
}

}  // namespace convcheck::reference
