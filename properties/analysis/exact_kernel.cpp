// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/exact_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace convcheck::properties {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 22;
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxDigits = 60;
constexpr std::int64_t kMaxExponent = 300;

std::string index_text(std::int64_t i, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t a = shape.size(); a-- > 0;) {
    index[a] = i % shape[a];
    i /= shape[a];
  }
  return to_string(index);
}

// v = units * 2^exponent with an odd (or no) unit.
std::pair<std::int64_t, int> decompose(double v) {
  int exponent = 0;
  auto units = static_cast<std::int64_t>(std::ldexp(std::frexp(v, &exponent), 53));
  if (units == 0) return {0, 0};
  exponent -= 53;
  while (units % 2 == 0) {
    units /= 2;
    ++exponent;
  }
  return {units, exponent};
}

Rational power(int base, int exponent) {
  const Integer value =
      boost::multiprecision::pow(Integer(base), static_cast<unsigned>(std::abs(exponent)));
  return exponent < 0 ? Rational(1, value) : Rational(value);
}

// Half a unit in the last place of the value's binade: the next double or more.
double half_ulp(double v, const ElementTraits& type) {
  if (type.is_integer) return 0;
  // A subnormal of the type is a multiple of its least one; so is zero.
  const int lsb = v == 0 ? type.min_exponent
                         : std::max(std::ilogb(v) - type.precision_bits + 1, type.min_exponent);
  return std::max(std::ldexp(1.0, lsb - 1), std::numeric_limits<double>::denorm_min());
}

struct Number {
  Rational value;
  Rational half_unit;
};

// Reads one entry of a literal.
class EntryReader {
 public:
  explicit EntryReader(std::string_view text) : text_(text) {}

  Result<Number> read() {
    const bool negative = accept('-');
    if (!negative) accept('+');
    Integer whole;
    const std::size_t digits = number(whole);
    Number result;
    if (accept('/')) {
      Integer divisor;
      if (digits == 0 || number(divisor) == 0) return error();
      if (divisor == 0) return fail(ErrorCode::kParse, "--kernel: '{}' divides by zero", text_);
      result.value = Rational(whole, divisor);
    } else {
      std::size_t decimals = 0;
      const bool point = accept('.');
      if (point) decimals = number(whole);
      if (digits + decimals == 0) return error();
      std::int64_t exponent = 0;
      const bool scientific = accept('e') || accept('E');
      if (scientific) {
        CONVCHECK_ASSIGN(exponent, exponent_of());
      }
      const Rational unit =
          power(10, static_cast<int>(exponent - static_cast<std::int64_t>(decimals)));
      result.value = Rational(whole) * unit;
      // Written with decimals, the number is one that was rounded to them.
      if (point || scientific) result.half_unit = unit / 2;
    }
    if (at_ != text_.size()) return error();
    if (digits_ > kMaxDigits)
      return fail(ErrorCode::kParse, "--kernel: '{}' has more than {} digits", text_, kMaxDigits);
    if (negative) result.value = -result.value;
    return result;
  }

 private:
  bool accept(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Appends the digits that follow to `value`; how many there are.
  std::size_t number(Integer& value) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (++digits_ <= kMaxDigits) value = 10 * value + (text_[at_] - '0');
      ++at_;
    }
    return at_ - begin;
  }
  Result<std::int64_t> exponent_of() {
    const bool negative = accept('-');
    if (!negative) accept('+');
    Integer value;
    if (number(value) == 0) return error();
    if (value > kMaxExponent)
      return fail(ErrorCode::kParse, "--kernel: '{}' has an exponent beyond {}", text_,
                  kMaxExponent);
    const auto exponent = static_cast<std::int64_t>(value);
    return negative ? -exponent : exponent;
  }
  tl::unexpected<Error> error() const {
    return fail(ErrorCode::kParse,
                "--kernel: '{}' is no number; an entry is an integer, a decimal or a fraction, as "
                "in '1,-2,0.5,1/16'",
                text_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t digits_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<ExactKernel> exact_kernel(const Tensor& tensor, std::int32_t zero_point,
                                 std::string_view name) {
  if (tensor.count() > kMaxElements)
    return fail(ErrorCode::kBadInput, "'{}' has {} elements; at most 2^22 are analysed", name,
                tensor.count());
  const ElementTraits& type = traits(tensor.type());
  ExactKernel kernel;
  kernel.shape = tensor.shape();
  std::vector<std::pair<std::int64_t, int>> parts;
  int least = 0;
  bool found = false;
  for (std::int64_t i = 0; i < tensor.count(); ++i) {
    const double v = tensor.value(i) - zero_point;
    if (!std::isfinite(v))
      return fail(ErrorCode::kBadInput,
                  "'{}': element {} is {}; only finite weights have phase sums and ranks", name,
                  index_text(i, tensor.shape()), v);
    parts.push_back(decompose(v));
    kernel.uncertainty.push_back(half_ulp(v, type));
    if (parts.back().first == 0) continue;
    least = found ? std::min(least, parts.back().second) : parts.back().second;
    found = true;
  }
  kernel.scale = power(2, least);
  for (const auto& [units, exponent] : parts)
    kernel.units.push_back(
        units == 0 ? Integer(0)
                   : Integer(Integer(units) << static_cast<unsigned>(exponent - least)));
  return kernel;
}

Result<ExactKernel> parse_kernel(std::string_view text) {
  std::vector<Number> numbers;
  std::size_t columns = 0;
  const auto rows = split(text, ';');
  for (const std::string_view row : rows) {
    const auto entries = split(row, ',');
    if (columns == 0) columns = entries.size();
    if (entries.size() != columns)
      return fail(ErrorCode::kParse, "--kernel: row '{}' has {} entries, the first row has {}", row,
                  entries.size(), columns);
    if (numbers.size() + entries.size() > kMaxEntries)
      return fail(ErrorCode::kParse,
                  "--kernel has more than {} entries; give larger kernels as --weights FILE.npy",
                  kMaxEntries);
    for (const std::string_view entry : entries) {
      CONVCHECK_ASSIGN(Number number, EntryReader(entry).read());
      numbers.push_back(std::move(number));
    }
  }
  ExactKernel kernel;
  if (rows.size() > 1) kernel.shape.push_back(static_cast<std::int64_t>(rows.size()));
  kernel.shape.push_back(static_cast<std::int64_t>(columns));
  Integer common = 1;
  for (const Number& number : numbers)
    common = lcm(common, boost::multiprecision::denominator(number.value));
  kernel.scale = Rational(1, common);
  for (const Number& number : numbers) {
    kernel.units.push_back(
        boost::multiprecision::numerator(Rational(number.value * Rational(common))));
    const double half = reference::round_to_double(number.half_unit);
    kernel.uncertainty.push_back(
        half == 0 ? 0 : std::nextafter(half, std::numeric_limits<double>::infinity()));
  }
  return kernel;
}

std::string fraction_text(const Rational& value) { return value.str(); }

}  // namespace convcheck::properties
