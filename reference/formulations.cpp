// SPDX-License-Identifier: Apache-2.0
#include "reference/formulations.hpp"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include "reference/extended.hpp"
#include "reference/operand_values.hpp"
#include "reference/polynomial.hpp"
#include "reference/scatter.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using Operands = std::vector<Tensor>;

template <unsigned bits>
using Float = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<bits, boost::multiprecision::digit_base_2>,
    boost::multiprecision::et_off>;

// definition() over cpp_bin_float, which has infinities and NaN of its own.
template <unsigned bits, int unit>
std::vector<Dyadic> binary(const ConvProblem& p, const Operands& operands) {
  using Real = Float<bits>;
  std::vector<Dyadic> list;
  for (const Real& v : definition(p, values_of<Real>(p, operands))) {
    if (isnan(v))
      list.push_back(make_dyadic(Kind::kNan));
    else if (isinf(v))
      list.push_back(make_dyadic(v < 0 ? Kind::kMinusInfinity : Kind::kPlusInfinity));
    else
      list.push_back(make_dyadic(static_cast<cpp_int>(ldexp(v, -unit)), unit));
  }
  return list;
}

bool any_problem(const ConvProblem&) { return true; }
bool narrow(const ConvProblem& p) {
  return p.x_type != ElementType::kF64 && p.w_type != ElementType::kF64 &&
         p.y_type != ElementType::kF64;
}

// In which units the operands of a problem are integers, and so the products and the bias: that of
// the result is the sum of those of the two factors.
struct Units {
  int first = 0;   // Of x, or of y for deconv.
  int second = 0;  // Of w, or of y for wgrad.
  int of(const ConvProblem& p, Role role) const {
    if (role == Role::kBias) return first + second;
    return role == p.data_input() ? first : second;
  }
};

Units units_of(const ConvProblem& p) {
  const Role second = p.operation == Operation::kWgrad ? Role::kY : Role::kW;
  Units units{traits(p.type(p.data_input())).min_exponent, traits(p.type(second)).min_exponent};
  if (p.has_bias)  // Whose last bit may be below those of all products.
    units.first = std::min(units.first, traits(p.type(Role::kBias)).min_exponent - units.second);
  return units;
}

cpp_int integer(const Dyadic& d, int unit) { return d.units << (d.exponent - unit); }

Extended<cpp_int> element(const Dyadic& d, int unit) {
  return d.kind == Kind::kFinite ? Extended<cpp_int>(d.units == 0 ? cpp_int(0) : integer(d, unit))
                                 : Extended<cpp_int>(d.kind);
}

Dyadic result(const Extended<cpp_int>& v, int unit) {
  return v.kind() == Kind::kFinite ? make_dyadic(v.number(), unit) : make_dyadic(v.kind());
}

template <std::vector<Extended<cpp_int>> (*loops)(const ConvProblem&,
                                                  const Values<Extended<cpp_int>>&)>
std::vector<Dyadic> integers(const ConvProblem& p, const Operands& operands) {
  const Units units = units_of(p);
  ConvProblem shifted = p;  // Zero points are subtracted here, in the same units.
  shifted.x_zero_point = shifted.w_zero_point = 0;
  const auto values = values_by<Extended<cpp_int>>(p, operands, [&](Role role, double v) {
    return element(make_dyadic(v - zero_point(p, role)), units.of(p, role));
  });
  std::vector<Dyadic> list;
  for (const Extended<cpp_int>& v : loops(shifted, values))
    list.push_back(result(v, units.of(p, Role::kBias)));
  return list;
}

std::vector<Dyadic> rationals(const ConvProblem& p, const Operands& operands) {
  using Real = Extended<cpp_rational>;
  const auto values = values_by<Real>(p, operands, [](Role, double v) {
    const Dyadic d = make_dyadic(v);
    if (d.kind != Kind::kFinite) return Real(d.kind);
    const cpp_int scale = cpp_int(1) << std::abs(d.exponent);
    return Real(d.exponent < 0 ? cpp_rational(d.units, scale) : cpp_rational(d.units * scale));
  });
  std::vector<Dyadic> list;
  for (const Real& v : definition(p, values)) {
    if (v.kind() != Kind::kFinite) {
      list.push_back(make_dyadic(v.kind()));
      continue;
    }
    // In lowest terms the denominator is a power of two.
    const cpp_int bottom = denominator(v.number());
    list.push_back(make_dyadic(numerator(v.number()), -static_cast<int>(msb(bottom))));
  }
  return list;
}

std::vector<Dyadic> wide(const ConvProblem& p, const Operands& operands) {
  const WideSums sums = wide_sums(p, operands);
  std::vector<Dyadic> list;
  for (std::size_t i = 0; i < sums.count(); ++i) list.push_back(sums.value(i));
  return list;
}

// What the polynomials count: how many terms of an output are of a kind.
using Is = bool (*)(const Dyadic&);
struct TermKind {
  Is first, second;
};
bool is_any(const Dyadic&) { return true; }
bool is_nan(const Dyadic& d) { return d.kind == Kind::kNan; }
bool is_plus(const Dyadic& d) { return d.kind == Kind::kPlusInfinity; }
bool is_minus(const Dyadic& d) { return d.kind == Kind::kMinusInfinity; }
bool is_infinite(const Dyadic& d) { return is_plus(d) || is_minus(d); }
bool is_zero(const Dyadic& d) { return d.kind == Kind::kFinite && d.units == 0; }
bool is_positive(const Dyadic& d) { return is_plus(d) || d.units > 0; }
bool is_negative(const Dyadic& d) { return is_minus(d) || d.units < 0; }
constexpr TermKind kNoNumber[] = {
    {is_nan, is_any}, {is_any, is_nan}, {is_infinite, is_zero}, {is_zero, is_infinite}};
constexpr TermKind kPlus[] = {{is_plus, is_positive},
                              {is_positive, is_plus},
                              {is_minus, is_negative},
                              {is_negative, is_minus}};
constexpr TermKind kMinus[] = {{is_plus, is_negative},
                               {is_negative, is_plus},
                               {is_minus, is_positive},
                               {is_positive, is_minus}};

std::vector<Dyadic> polynomials(const ConvProblem& p, const Operands& operands) {
  const auto exact = values_by<Dyadic>(
      p, operands, [&](Role role, double v) { return make_dyadic(v - zero_point(p, role)); });
  const bool data_is_y = p.operation == Operation::kDeconv;
  const auto product = [&](auto&& first, auto&& second) {
    Values<cpp_int> values;
    const auto convert = [](const std::vector<Dyadic>& from, auto&& f) {
      std::vector<cpp_int> to;
      for (const Dyadic& d : from) to.push_back(cpp_int(f(d)));
      return to;
    };
    values.x = convert(exact.x, first);
    values.w = convert(exact.w, second);
    values.y = data_is_y ? convert(exact.y, first) : convert(exact.y, second);
    return polynomial_product(p, values);
  };
  const Units units = units_of(p);
  const auto in_units = [](int unit) {
    return [unit](const Dyadic& d) { return d.units == 0 ? cpp_int(0) : integer(d, unit); };
  };
  const std::vector<cpp_int> sums = product(in_units(units.first), in_units(units.second));
  bool finite = true;
  for (const auto* list : {&exact.x, &exact.w, &exact.bias, &exact.y})
    for (const Dyadic& d : *list) finite = finite && d.kind == Kind::kFinite;

  std::vector<Extended<cpp_int>> totals(sums.begin(), sums.end());
  const auto count = [&](std::span<const TermKind> kinds, Kind kind) {
    for (const TermKind& k : kinds) {
      const std::vector<cpp_int> counts = product(k.first, k.second);
      for (std::size_t i = 0; i < totals.size(); ++i)
        if (counts[i] != 0) totals[i] += Extended<cpp_int>(kind);
    }
  };
  if (!finite) {
    count(kNoNumber, Kind::kNan);
    count(kPlus, Kind::kPlusInfinity);
    count(kMinus, Kind::kMinusInfinity);
  }
  const std::size_t channels = exact.bias.size();
  const auto extent = static_cast<std::size_t>(data_is_y ? p.x_extent[2] : p.y_extent[2]);
  for (std::size_t i = 0; p.has_bias && i < totals.size(); ++i)
    totals[i] += element(exact.bias[i / extent % channels], units.of(p, Role::kBias));
  std::vector<Dyadic> list;
  for (const auto& total : totals) list.push_back(result(total, units.of(p, Role::kBias)));
  return list;
}

constexpr std::array kFormulations{
    Formulation{"binary-640", narrow, binary<640, -298>},
    Formulation{"binary-4416", any_problem, binary<4416, -2148>},
    Formulation{"integers", any_problem, integers<definition<Extended<cpp_int>>>},
    Formulation{"rationals", any_problem, rationals},
    Formulation{"scatter", any_problem, integers<scatter<Extended<cpp_int>>>},
    Formulation{"polynomials", [](const ConvProblem& p) { return p.rank == 1; }, polynomials},
    Formulation{"wide-sums", any_problem, wide},
};

}  // namespace

std::span<const Formulation> formulations() { return kFormulations; }

const Formulation* find_formulation(std::string_view name) {
  const auto* found = std::find_if(kFormulations.begin(), kFormulations.end(),
                                   [&](const Formulation& f) { return f.name == name; });
  return found == kFormulations.end() ? nullptr : found;
}

}  // namespace convcheck::reference
