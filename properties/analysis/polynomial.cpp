// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/polynomial.hpp"

#include <algorithm>

namespace convcheck::properties {
namespace {

constexpr std::size_t kMaxTaps = 64;
constexpr std::int64_t kMaxEnd = 1000000;

std::vector<std::int64_t> divisors(const Integer& value) {
  const auto n = static_cast<std::int64_t>(abs(value));
  std::vector<std::int64_t> list;
  for (std::int64_t d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    list.push_back(d);
    if (d * d != n) list.push_back(n / d);
  }
  std::sort(list.begin(), list.end());
  return list;
}

// p / (a + b z) if nothing is left over, lowest power first.
std::optional<std::vector<Integer>> divided(const std::vector<Integer>& p, std::int64_t a,
                                            std::int64_t b) {
  std::vector<Integer> quotient;
  Integer carried = 0;
  for (std::size_t i = 0; i + 1 < p.size(); ++i) {
    const Integer rest = p[i] - carried;
    if (rest % a != 0) return std::nullopt;
    quotient.push_back(rest / a);
    carried = quotient.back() * b;
  }
  if (p.back() != carried) return std::nullopt;
  return quotient;
}

// Takes out a + b z as often as it divides.
void take_out(std::int64_t a, std::int64_t b, Cascade& result) {
  std::int64_t power = 0;
  while (result.rest.size() > 1) {
    auto quotient = divided(result.rest, a, b);
    if (!quotient) break;
    result.rest = *std::move(quotient);
    ++power;
  }
  if (power > 0) result.factors.push_back({{a, b}, power});
}

std::string polynomial_text(const std::vector<Integer>& p) {
  std::string text;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    const Integer magnitude = abs(p[i]);
    text += text.empty() ? (p[i] < 0 ? "-" : "") : (p[i] < 0 ? " - " : " + ");
    if (magnitude != 1 || i == 0) text += magnitude.str();
    if (i > 0) text += i == 1 ? "z" : fmt::format("z^{}", i);
  }
  return text;
}

}  // namespace

std::optional<Cascade> cascade(const std::vector<Rational>& kernel) {
  if (kernel.size() > kMaxTaps) return std::nullopt;
  Integer denominator = 1;
  for (const Rational& v : kernel)
    denominator = lcm(denominator, boost::multiprecision::denominator(v));
  Cascade result;
  Integer common = 0;
  for (const Rational& v : kernel) {
    result.rest.push_back(boost::multiprecision::numerator(Rational(v * Rational(denominator))));
    common = gcd(common, result.rest.back());
  }
  if (common == 0) return std::nullopt;
  while (result.rest.back() == 0) result.rest.pop_back();
  const auto first =
      std::find_if(result.rest.begin(), result.rest.end(), [](const Integer& v) { return v != 0; });
  result.zeros = first - result.rest.begin();
  result.rest.erase(result.rest.begin(), first);
  if (result.rest[0] < 0) common = -common;
  for (Integer& v : result.rest) v /= common;
  result.scale = Rational(common, denominator);
  if (abs(result.rest.front()) > kMaxEnd || abs(result.rest.back()) > kMaxEnd) return std::nullopt;
  // a divides the first coefficient, b the last; without common factors, Gauss's lemma keeps every
  // quotient an integer polynomial.
  const auto firsts = divisors(result.rest.front());
  const auto lasts = divisors(result.rest.back());
  for (const std::int64_t a : firsts)
    for (const std::int64_t b : lasts) {
      if (boost::multiprecision::gcd(Integer(a), Integer(b)) != 1) continue;
      take_out(a, b, result);
      take_out(a, -b, result);
    }
  return result;
}

std::string to_text(const Cascade& cascade) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  if (cascade.scale != 1) add(fraction_text(cascade.scale));
  if (cascade.zeros > 0) add(cascade.zeros == 1 ? "z" : fmt::format("z^{}", cascade.zeros));
  for (const LinearFactor& factor : cascade.factors) {
    const std::string base = polynomial_text({factor.taps[0], factor.taps[1]});
    add(factor.power == 1 ? fmt::format("({})", base) : fmt::format("({})^{}", base, factor.power));
  }
  if (cascade.rest.size() > 1) add(fmt::format("({})", polynomial_text(cascade.rest)));
  return text.empty() ? "1" : text;
}

}  // namespace convcheck::properties
