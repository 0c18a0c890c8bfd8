// SPDX-License-Identifier: Apache-2.0
#include "reference/proof_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/chain.hpp"
#include "reference/scatter.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

Role first_factor(const ConvProblem& p) { return p.data_input(); }
Role second_factor(const ConvProblem& p) {
  return p.operation == Operation::kWgrad ? Role::kY : Role::kW;
}

// Exponents e such that 2^e and 3 * 2^e are values of a floating type.
struct Exponents {
  int low, high;
  [[nodiscard]] int clamp(int e) const { return std::clamp(e, low, high); }
};
Exponents exponents_of(ElementType type) {
  const ElementTraits& t = traits(type);
  return {t.min_exponent, t.max_exponent - 2};
}

// About which power of two the elements of each operand lie.
struct Centres {
  int first = 0, second = 0, bias = 0;
};

// Centres of the two factors whose products lie about 2^product, or as near as the types allow.
Centres centres(const ConvProblem& p, int product, int bias) {
  const Exponents first = exponents_of(p.type(first_factor(p)));
  const Exponents second = exponents_of(p.type(second_factor(p)));
  Centres c;
  c.first = first.clamp(product - second.clamp(product / 2));
  c.second = second.clamp(product - c.first);
  c.bias = exponents_of(p.type(p.written())).clamp(bias);
  return c;
}

double power(double mantissa, int exponent, ElementType type) {
  return std::ldexp(mantissa, exponents_of(type).clamp(exponent));
}

double special(ElementType type, Random& random) {
  const ElementTraits& t = traits(type);
  const double least = std::ldexp(1.0, t.min_exponent);
  const double least_normal = std::ldexp(least, t.precision_bits - 1);
  const double largest = std::ldexp(2 - std::ldexp(1.0, 1 - t.precision_bits), t.max_exponent - 1);
  const double values[] = {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(),
                           0,
                           least,
                           least_normal - least,
                           least_normal,
                           largest,
                           1};
  const double value = values[random.below(8)];
  return random.below(2) == 0 ? value : -value;
}

double integer_value(ElementType type, Data data, Random& random) {
  const IntegerRange range = integer_range(type);
  if (data == Data::kIntegers || data == Data::kTies)
    return static_cast<double>(std::max(range.low, random.between(-3, 3)));
  const bool extreme = data == Data::kSpecial || data == Data::kHuge || data == Data::kCancelling;
  if (extreme && random.below(4) != 0)
    return static_cast<double>(random.below(2) == 0 ? range.low : range.high);
  return static_cast<double>(random.between(range.low, range.high));
}

double value(const ConvProblem& p, Data data, Role role, int centre, Random& random) {
  const ElementType type = p.type(role);
  const ElementTraits& own = traits(type);
  if (own.is_integer) return integer_value(type, data, random);
  const double unit = 2 * random.unit() - 1;
  const double sign = random.below(2) == 0 ? -1 : 1;
  const auto near = [&](int spread) {
    return centre + static_cast<int>(random.between(-spread, spread));
  };
  switch (data) {
    case Data::kIntegers:
      return static_cast<double>(random.between(-3, 3));
    case Data::kUniform:
      return unit;
    case Data::kWide:
      return power(unit, near(20), type);
    case Data::kTies: {
      // Few powers of two, in three heaps: products then reach from about the first bit of the
      // result to the one after its last.
      const int heap = (traits(p.type(p.written())).precision_bits + 1) / 4;
      return power(sign * static_cast<double>(random.between(0, 2)),
                   near(1) + heap * static_cast<int>(random.between(-1, 1)), type);
    }
    case Data::kSubnormal:
    case Data::kHuge:
      return power(2 * unit, near(1), type);
    case Data::kCancelling: {
      const auto last_bit = static_cast<double>(random.below(2));
      return power(sign * (1 + std::ldexp(last_bit, 1 - own.precision_bits)),
                   static_cast<int>(random.below(2)), type);
    }
    case Data::kSpecial:
      return random.below(4) == 0 ? special(type, random) : unit;
    case Data::kInfiniteTap:
      return role == Role::kW && random.below(4) == 0
                 ? sign * std::numeric_limits<double>::infinity()
                 : unit;
  }
  return 0;
}

}  // namespace

const char* to_string(Data data) {
  constexpr const char* kNames[] = {"integers", "uniform",    "wide",    "ties",        "subnormal",
                                    "huge",     "cancelling", "special", "infinite-tap"};
  return kNames[static_cast<int>(data)];
}

std::vector<Tensor> proof_operands(const ConvProblem& p, Data data, Random& random) {
  const ElementTraits& to = traits(p.type(p.written()));
  Centres c;
  if (data == Data::kSubnormal) {
    // From terms of which even many round to zero to the least normal numbers.
    const int above = random.below(3) == 0 ? static_cast<int>(random.between(-8, -1))
                                           : static_cast<int>(random.between(0, to.precision_bits));
    const int least = to.min_exponent + above;
    c = centres(p, least, least);
  } else if (data == Data::kHuge) {
    const int most = to.max_exponent - static_cast<int>(random.between(1, 5));
    c = centres(p, most, most);
  }
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    const int centre = spec.role == Role::kBias       ? c.bias
                       : spec.role == first_factor(p) ? c.first
                                                      : c.second;
    Tensor& tensor = operands.emplace_back(spec.type, spec.shape);
    for (std::int64_t i = 0; i < tensor.count(); ++i)
      tensor.set_rounded(i, value(p, data, spec.role, centre, random));
  }
  return operands;
}

std::string to_string(const Mixture& m) {
  return fmt::format("{}-{}-{}", convcheck::to_string(m.first), convcheck::to_string(m.second),
                     convcheck::to_string(m.written));
}

ConvProblem with_types(ConvProblem p, const Mixture& types) {
  const auto set = [&](Role role, ElementType type) {
    (role == Role::kX ? p.x_type : role == Role::kW ? p.w_type : p.y_type) = type;
  };
  set(first_factor(p), types.first);
  set(second_factor(p), types.second);
  set(p.written(), types.written);
  return p;
}

std::span<const Mixture> proof_mixtures() {
  using enum ElementType;
  static constexpr Mixture kAll[] = {
      {kF32, kF32, kF32},   {kF64, kF64, kF64}, {kBf16, kBf16, kBf16}, {kF16, kF16, kF16},
      {kBf16, kBf16, kF32}, {kF16, kF16, kF32}, {kU8, kS8, kS32},      {kS8, kS8, kS32},
      {kU8, kS8, kF32},     {kS8, kS8, kS8},    {kF32, kF32, kF64},    {kF64, kF64, kF32},
      {kS32, kS32, kS32}};
  return kAll;
}

ConvProblem with_zero_points(ConvProblem p, Random& random) {
  if (random.below(2) == 0) return p;
  const auto draw = [&](ElementType type) -> std::int32_t {
    if (!traits(type).is_integer) return 0;
    const IntegerRange range = integer_range(type);
    const std::int64_t values[] = {0, range.low, range.high, random.between(range.low, range.high)};
    return static_cast<std::int32_t>(values[random.below(4)]);
  };
  if (p.written() != Role::kX) p.x_zero_point = draw(p.x_type);
  if (p.written() != Role::kW) p.w_zero_point = draw(p.w_type);
  return p;
}

ConvProblem random_problem(Operation operation, Random& random) {
  ConvProblem p;
  p.operation = operation;
  p.rank = static_cast<int>(random.between(1, 3));
  p.padding_mode = static_cast<PaddingMode>(random.below(4));
  p.orientation = static_cast<Orientation>(random.below(2));
  p.groups = random.between(1, 3);
  p.in_channels = p.groups * random.between(1, 4);
  p.out_channels = p.groups * random.between(1, 4);
  p.batch = random.between(1, 2);
  p.has_bias = operation != Operation::kWgrad && random.below(2) == 0;
  // Long axes are short in the others: positions of y about the same for every rank.
  const std::int64_t longest = p.rank == 1 ? 80 : p.rank == 2 ? 12 : 6;
  const std::int64_t most_taps = p.rank == 1 ? 9 : p.rank == 2 ? 4 : 3;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    p.x_extent[a] = random.between(1, longest);
    p.y_extent[a] = random.between(1, longest);
    p.w_extent[a] = random.between(1, most_taps);
    p.stride[a] = random.between(1, 3);
    p.dilation[a] = random.between(1, 3);
    p.pad_begin[a] = random.between(-2, 4);
  }
  return p;
}

ConvProblem dot_problem(Operation operation, std::int64_t outputs, std::int64_t terms) {
  ConvProblem p;
  p.operation = operation;
  p.rank = 1;
  (operation == Operation::kDeconv ? p.in_channels : p.out_channels) = outputs;
  if (operation == Operation::kConv) p.in_channels = terms;
  if (operation == Operation::kDeconv) p.out_channels = terms;
  if (operation == Operation::kWgrad) p.batch = terms;
  return p;
}

std::vector<Tensor> ill_conditioned_operands(const ConvProblem& p, double log2_condition,
                                             Random& random) {
  const Role shared = first_factor(p);
  const Role own = second_factor(p);
  std::vector<Tensor> operands(2);
  Tensor& x = operands[operand_index(p, shared)] = Tensor(p.type(shared), p.shape(shared));
  Tensor& w = operands[operand_index(p, own)] = Tensor(p.type(own), p.shape(own));
  // Of every output its terms: elements of x and w.
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> terms(
      static_cast<std::size_t>(element_count(p.shape(p.written()))));
  for_each_reached(p, [&](std::size_t xi, std::size_t wi, std::size_t yi) {
    const std::size_t out = p.operation == Operation::kConv     ? yi
                            : p.operation == Operation::kDeconv ? xi
                                                                : wi;
    const std::size_t a = p.operation == Operation::kDeconv ? yi : xi;
    const std::size_t b = p.operation == Operation::kWgrad ? yi : wi;
    terms[out].emplace_back(a, b);
  });
  // The elements of x in the order in which the algorithm takes them, and their exponents, which
  // both factors have: from 0 to half the condition's, and back to 0.
  const std::int64_t n = x.count();
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(random.below(i + 1))]);
  const std::int64_t half = (n + 1) / 2;
  std::vector<int> exponent(static_cast<std::size_t>(n));
  // Where the type is short of exponents they lie about 1.
  const Exponents range = exponents_of(p.type(shared));
  const int lowest = std::max(-static_cast<int>(log2_condition / 4), range.low / 2);
  for (std::int64_t i = 0; i < n; ++i) {
    double e = random.unit() * log2_condition / 2;
    if (i == 0) e = std::rint(log2_condition / 2) + 1;
    if (i == half - 1) e = 0;
    if (i >= half)
      e = log2_condition / 2 *
          (1 - static_cast<double>(i - half) /
                   static_cast<double>(std::max<std::int64_t>(1, n - half - 1)));
    exponent[static_cast<std::size_t>(i)] = static_cast<int>(std::rint(e)) + lowest;
  }
  const auto random_value = [&](ElementType type, int e) {
    const double v = traits(type).is_integer ? 1 + random.unit() : 2 * random.unit() - 1;
    return power(v, std::min(e, exponents_of(type).high), type);
  };
  std::vector<std::int64_t> rank(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = order[static_cast<std::size_t>(i)];
    rank[static_cast<std::size_t>(at)] = i;
    do {
      x.set_rounded(at, random_value(x.type(), exponent[static_cast<std::size_t>(i)]));
    } while (x.value(at) == 0);
  }
  for (auto& list : terms) {
    std::sort(list.begin(), list.end(), [&](const auto& a, const auto& b) {
      return rank[static_cast<std::size_t>(a.first)] < rank[static_cast<std::size_t>(b.first)];
    });
    WideSums sum(1, -2200, 2200);
    for (const auto& [a, b] : list) {
      const std::int64_t i = rank[static_cast<std::size_t>(a)];
      double v = random_value(w.type(), exponent[static_cast<std::size_t>(i)]);
      if (i >= half) {
        const double so_far = approximate(sum.sum(0));
        // A random product of that exponent, less the sum so far.
        v = (v * std::ldexp(1.0, exponent[static_cast<std::size_t>(i)]) - so_far) / x.value(a);
      }
      w.set_rounded(b, v);
      if (!std::isfinite(w.value(b))) w.set_value(b, 0);
      sum.add(0, split(x.value(a)), split(w.value(b)));
    }
  }
  return operands;
}

}  // namespace convcheck::reference
