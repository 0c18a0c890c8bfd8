// SPDX-License-Identifier: Apache-2.0
#include "reference/vectors/terms.hpp"

#include <algorithm>
#include <cmath>

#include "reference/operand_values.hpp"
#include "reference/scatter.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {

using boost::multiprecision::cpp_int;

std::vector<OutputTerms> terms_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  std::vector<OutputTerms> outputs(static_cast<std::size_t>(element_count(p.shape(p.written()))));
  const auto element = [&](Role role, std::size_t i) {
    const Tensor& tensor = operands[operand_index(p, role)];
    return tensor.value(static_cast<std::int64_t>(i)) - zero_point(p, role);
  };
  for_each_reached(p, [&](std::size_t x, std::size_t w, std::size_t y) {
    switch (p.operation) {
      case Operation::kConv:
        outputs[y].products.emplace_back(element(Role::kX, x), element(Role::kW, w));
        break;
      case Operation::kDeconv:
        outputs[x].products.emplace_back(element(Role::kY, y), element(Role::kW, w));
        break;
      case Operation::kWgrad:
        outputs[w].products.emplace_back(element(Role::kX, x), element(Role::kY, y));
        break;
    }
  });
  if (!p.has_bias || outputs.empty()) return outputs;
  const auto channels = static_cast<std::size_t>(p.bias_shape()[0]);
  const std::size_t positions = outputs.size() / static_cast<std::size_t>(p.batch) / channels;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs[i].bias = element(Role::kBias, i / positions % channels);
  return outputs;
}

namespace {

// Wide enough for every product of two doubles.
WideSums summed(const OutputTerms& terms) {
  WideSums sums(1, -2200, 2200);
  for (const auto& [a, b] : terms.products) sums.add(0, split(a), split(b));
  if (terms.bias) sums.add(0, split(*terms.bias), split(1));
  return sums;
}

}  // namespace

Dyadic exact_sum(const OutputTerms& terms) { return summed(terms).value(0); }

Dyadic exact_sum_abs(const OutputTerms& terms) {
  const WideSums sums = summed(terms);
  return sums.kind(0) == Kind::kFinite ? to_dyadic(sums.sum_abs(0))
                                       : make_dyadic(Kind::kPlusInfinity);
}

Dyadic to_precision(const Dyadic& value, int precision_bits, int min_exponent, Nearest mode) {
  if (value.kind != Kind::kFinite || value.units == 0) return value;
  const cpp_int whole = abs(value.units);
  const int lead = static_cast<int>(msb(whole)) + value.exponent;
  const int last = std::max(lead - precision_bits + 1, min_exponent);
  if (last <= value.exponent) return value;
  const auto dropped = static_cast<unsigned>(last - value.exponent);
  cpp_int kept = whole >> dropped;
  const cpp_int twice = (whole - (kept << dropped)) * 2;
  const cpp_int unit = cpp_int(1) << dropped;
  const bool tie_up = mode == Nearest::kTiesAway || bit_test(kept, 0);
  if (mode != Nearest::kTowardZero && (twice > unit || (twice == unit && tie_up))) ++kept;
  return make_dyadic(value.units < 0 ? cpp_int(-kept) : kept, last);
}

Dyadic add(const Dyadic& a, const Dyadic& b) {
  const int unit = std::min(a.exponent, b.exponent);
  return make_dyadic(cpp_int(a.units << (a.exponent - unit)) + (b.units << (b.exponent - unit)),
                     unit);
}

Dyadic magnitude(Dyadic a) {
  if (a.units < 0) a.units = -a.units;
  return a;
}

bool is_smaller(const Dyadic& a, const Dyadic& b) {
  const int unit = std::min(a.exponent, b.exponent);
  return cpp_int(abs(a.units) << (a.exponent - unit)) < (abs(b.units) << (b.exponent - unit));
}

}  // namespace convcheck::reference
