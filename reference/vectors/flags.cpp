// SPDX-License-Identifier: Apache-2.0
#include "reference/vectors/flags.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/geometry.hpp"
#include "reference/vectors/terms.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;
using Names = std::set<std::string_view>;

// The next wider floating format, through which a result is rounded twice by mistake.
struct Wider {
  int precision_bits, min_exponent;
};
Wider wider_than(const ElementTraits& to) {
  if (to.precision_bits < 24) return {24, -149};
  if (to.precision_bits == 24) return {53, -1074};
  return {64, -16445};  // x87.
}

void add_rounding(const Dyadic& exact, const Dyadic& sum_abs, const ElementTraits& to,
                  Names& names) {
  const double value = rounded(exact, to.type);
  Dyadic scaled = exact;
  scaled.exponent += 20;
  if (is_smaller(magnitude(scaled), sum_abs) || magnitude(scaled) == sum_abs)
    names.insert("cancellation");
  if (to.is_integer) {
    const IntegerRange range = integer_range(to.type);
    const Dyadic limit = make_dyadic(static_cast<double>(exact.units < 0 ? range.low : range.high));
    const bool beyond = limit.units == 0 ? exact.units < 0 : is_smaller(limit, exact);
    if (beyond) names.insert("clamp");
  } else {
    const Wider wider = wider_than(to);
    if (rounded(to_precision(exact, wider.precision_bits, wider.min_exponent), to.type) != value)
      names.insert("double-rounding");
    if (std::isinf(value)) names.insert("overflow");
    if (value == 0) names.insert("underflow");
    if (value != 0 && std::fabs(value) < std::ldexp(1.0, to.min_exponent + to.precision_bits - 1))
      names.insert("subnormal");
  }
  // In units of half the last bit that the result keeps a tie is an odd integer.
  const int lead = static_cast<int>(msb(cpp_int(abs(exact.units)))) + exact.exponent;
  const int last = to.is_integer ? 0 : std::max(lead - to.precision_bits + 1, to.min_exponent);
  const int half = last - 1;
  if (exact.exponent == half) names.insert("tie");
  if (exact.exponent < half) {
    const auto below = static_cast<unsigned>(half - exact.exponent);
    const cpp_int whole = abs(exact.units);
    const cpp_int nearest = (whole + (cpp_int(1) << (below - 1))) >> below;
    const cpp_int distance = abs(cpp_int(whole - (nearest << below)));
    if (bit_test(nearest, 0) && (distance << 19) <= (cpp_int(1) << below)) names.insert("near-tie");
  }
}

void add_output(const OutputTerms& terms, ElementType type, Names& names) {
  if (terms.products.empty()) names.insert("no-terms");
  if (terms.products.size() >= 1000) names.insert("many-terms");
  bool has_nan = terms.bias && std::isnan(*terms.bias);
  bool has_negative_zero = terms.bias && *terms.bias == 0 && std::signbit(*terms.bias);
  for (const auto& [a, b] : terms.products) {
    has_nan = has_nan || std::isnan(a) || std::isnan(b);
    has_negative_zero = has_negative_zero || (a * b == 0 && std::signbit(a) != std::signbit(b));
  }
  const Dyadic exact = exact_sum(terms);
  const Dyadic sum_abs = exact_sum_abs(terms);
  switch (exact.kind) {
    case Kind::kNan:
      names.insert("nan");
      if (!has_nan) names.insert("invalid");
      return;
    case Kind::kPlusInfinity:
    case Kind::kMinusInfinity:
      names.insert("inf");
      return;
    case Kind::kFinite:
      break;
  }
  const double value = rounded(exact, type);
  if (value == 0 && !traits(type).is_integer && (has_negative_zero || std::signbit(value)))
    names.insert("zero-sign");
  if (exact.units != 0) return add_rounding(exact, sum_abs, traits(type), names);
  if (sum_abs.units != 0) names.insert("exact-zero");
}

void add_problem(const ConvProblem& p, const std::vector<Tensor>& operands, Names& names) {
  constexpr std::string_view kRanks[] = {"rank-1", "rank-2", "rank-3"};
  names.insert(kRanks[p.rank - 1]);
  if (p.padding_mode != PaddingMode::kZeros) names.insert(to_string(p.padding_mode));
  if (p.orientation == Orientation::kConvolution) names.insert("true-convolution");
  if (p.has_bias) names.insert("bias");
  if (p.x_zero_point != 0 || p.w_zero_point != 0) names.insert("zero-point");
  if (p.groups > 1) names.insert(p.groups == p.in_channels ? "depthwise" : "groups");
  if (p.batch > 1) names.insert("batch");
  if (p.x_type != p.w_type || p.w_type != p.y_type) names.insert("mixed-types");
  for (std::size_t a = 0; a < 3; ++a) {
    if (p.stride[a] > 1) names.insert("stride");
    if (p.dilation[a] > 1) names.insert("dilation");
    if (p.pad_begin[a] < 0 || p.pad_end()[a] < 0) names.insert("crop");
    if (p.pad_begin[a] > 0 || p.pad_end()[a] > 0) names.insert("padding");
  }
  for (const Tensor& tensor : operands)
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const ElementTraits& own = traits(tensor.type());
      const double v = std::fabs(tensor.value(i));
      if (!own.is_integer && v != 0 &&
          v < std::ldexp(1.0, own.min_exponent + own.precision_bits - 1))
        names.insert("subnormal-operand");
    }
}

}  // namespace

const std::vector<Flag>& flags() {
  static const std::vector<Flag> all = {
      {"rank-1", "One spatial axis."},
      {"rank-2", "Two spatial axes."},
      {"rank-3", "Three spatial axes."},
      {"batch", "More than one image."},
      {"groups", "More than one group, of several channels of x each."},
      {"depthwise", "As many groups as channels of x, and more than one."},
      {"stride", "A stride above 1."},
      {"dilation", "A dilation above 1."},
      {"padding", "Taps reach beyond x."},
      {"crop", "The padding at an end is negative: elements of x are left out."},
      {"reflect", "Padding reflects x, the border not repeated."},
      {"replicate", "Padding repeats the border of x."},
      {"circular", "Padding begins x again."},
      {"true-convolution", "The kernel is flipped, as mathematics writes convolution."},
      {"mixed-types", "x, w and y are not of one type."},
      {"bias", "A bias is added before rounding."},
      {"zero-point", "A zero point is subtracted from x or w; padding is zero after that."},
      {"no-terms", "An output sums no product: all its taps lie in the padding."},
      {"many-terms", "An output sums 1000 products or more."},
      {"subnormal-operand", "An operand has a subnormal element."},
      {"tie", "An exact sum lies half way between two neighbours of the result's type."},
      {"near-tie", "An exact sum lies within 2^-20 of the result's last bit of such a half way."},
      {"double-rounding",
       "Rounding to the next wider format first gives another result (f32 for bf16 and f16, f64 "
       "for "
       "f32, 64 bits for f64)."},
      {"subnormal", "A result is subnormal."},
      {"underflow", "A sum that is not zero rounds to zero."},
      {"overflow", "A sum of finite terms rounds to an infinity."},
      {"clamp", "A sum lies beyond the range of the result's integer type, which ends it."},
      {"cancellation", "The sum of magnitudes is at least 2^20 times that of the sum, not zero."},
      {"exact-zero", "Terms that are not zero sum to zero, which is +0."},
      {"zero-sign", "A result is a zero with a term of -0 or with a sign."},
      {"nan", "A result is NaN."},
      {"invalid", "A result is NaN though no factor is: 0 times infinity, or both infinities."},
      {"inf", "A result is infinite because a term is."},
  };
  return all;
}

std::vector<std::string_view> flags_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  Names names;
  add_problem(p, operands, names);
  for (const OutputTerms& terms : terms_of(p, operands))
    add_output(terms, p.type(p.written()), names);
  std::vector<std::string_view> list;
  for (const Flag& flag : flags())
    if (names.erase(flag.name) != 0) list.push_back(flag.name);
  return list;
}

}  // namespace convcheck::reference
