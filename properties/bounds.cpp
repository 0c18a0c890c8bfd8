// SPDX-License-Identifier: Apache-2.0
#include "properties/bounds.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/chain_plan.hpp"
#include "core/problem_text.hpp"
#include "properties/fft_bound.hpp"
#include "properties/round_up.hpp"
#include "properties/tap_counts.hpp"
#include "properties/winograd_bound.hpp"

namespace convcheck::properties {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The arithmetic in which terms are summed.
struct Accumulator {
  double u;           // Unit roundoff.
  double eta;         // Error of a product that underflows.
  double min_normal;  // What a flush to zero may lose.
  double max_finite;
  int precision;
  int min_exponent;  // Of the smallest subnormal.
};

Accumulator accumulator(ElementType stored) {
  const ElementType type = stored == ElementType::kF64 ? ElementType::kF64 : ElementType::kF32;
  const ElementTraits& t = traits(type);
  return {.u = std::ldexp(1.0, -t.precision_bits),
          // Half the smallest subnormal; for f64 that is no double, and the whole one bounds it.
          .eta = type == ElementType::kF64 ? 0x1p-1074 : std::ldexp(1.0, t.min_exponent - 1),
          .min_normal = std::ldexp(1.0, t.min_exponent + t.precision_bits - 1),
          .max_finite = type == ElementType::kF64
                            ? std::numeric_limits<double>::max()
                            : static_cast<double>(std::numeric_limits<float>::max()),
          .precision = t.precision_bits,
          .min_exponent = t.min_exponent};
}

// What a bound must know of one operand's values.
struct Survey {
  double largest = 0;            // max |v|; infinity if some value is not finite.
  double largest_subnormal = 0;  // max |v| over |v| < min_normal.
  int lowest_bit = std::numeric_limits<int>::max();  // Exponent of the lowest set bit of any value.
  bool fits = true;  // Every value has at most `bits` significant bits.
};

Survey survey(const Tensor& t, double min_normal, int bits) {
  Survey s;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double v = std::fabs(t.value(i));
    if (v == 0) continue;
    if (!std::isfinite(v)) {
      s.largest = kInfinity;
      s.fits = false;
      continue;
    }
    s.largest = std::max(s.largest, v);
    if (v < min_normal) s.largest_subnormal = std::max(s.largest_subnormal, v);
    // By the bits of the double: v = mantissa 2^exponent.
    const auto image = std::bit_cast<std::uint64_t>(v);
    const auto field = static_cast<int>(image >> 52);
    const std::uint64_t fraction = image & ((std::uint64_t{1} << 52) - 1);
    const std::uint64_t mantissa = field == 0 ? fraction : fraction | std::uint64_t{1} << 52;
    const int lowest = std::countr_zero(mantissa);
    s.lowest_bit = std::min(s.lowest_bit, std::max(field, 1) - 1075 + lowest);
    if (64 - std::countl_zero(mantissa) - lowest > bits) s.fits = false;
  }
  return s;
}

// The operand of a role, from the operands of operand_specs without the written one.
const Tensor& operand_of(const ConvProblem& p, const std::vector<Tensor>& operands, Role role) {
  std::size_t index = 0;
  for (const OperandSpec& spec : operand_specs(p)) {
    if (spec.written) continue;
    if (spec.role == role) break;
    ++index;
  }
  CONVCHECK_CHECK(index < operands.size(), to_string(p));
  return operands[index];
}

int operand_bits(AlgorithmClass algorithm) {
  switch (algorithm) {
    case AlgorithmClass::kTf32:
      return 11;
    case AlgorithmClass::kBf16:
      return 8;
    default:
      return 53;
  }
}

// Everything about a direct bound that is the same for every output.
struct DirectBound {
  double terms = 1;         // Terms of a sum that are not zero, at most.
  double per_sum = 0;       // Relative to S: rounding of products and sums.
  double per_operand = 0;   // Relative to S: rounding of operands.
  double growth = 1;        // S of the rounded operands <= growth * S.
  double absolute = 0;      // Underflow and flushes.
  double exact_limit = -1;  // S up to which every partial sum of any order is representable.
  bool one_product = false;

  // Of products and sums, for the S of the operands as they are summed.
  [[nodiscard]] double rounding(double s) const {
    return add_up(mul_up(per_sum, add_up(s, absolute)), absolute);
  }
};

DirectBound direct_bound(const Claim& claim, const ConvProblem& p,
                         const std::vector<Tensor>& operands) {
  const Accumulator acc = accumulator(p.type(p.written()));
  const int bits = operand_bits(claim.algorithm);
  const Tensor& partner =
      operand_of(p, operands, p.operation == Operation::kWgrad ? Role::kY : Role::kW);
  // A product with a zero is exact, and so is its addition, in any order.
  const double n = nonzero_terms(p, partner);
  const Survey a = survey(operand_of(p, operands, p.data_input()), acc.min_normal, bits);
  const Survey b = survey(partner, acc.min_normal, bits);
  const Survey bias =
      p.has_bias ? survey(operand_of(p, operands, Role::kBias), acc.min_normal, 53) : Survey{};

  DirectBound d;
  d.terms = n;
  // Any order, fused or not (Jeannerod and Rump, SIAM J. Matrix Anal. Appl. 34, 2013): n u, with
  // 1 + u for products that are rounded before an FMA tree adds them.
  d.per_sum = mul_up(mul_up(n, acc.u), 1 + acc.u);
  if (claim.tree_height)
    d.per_sum = std::min(d.per_sum, gamma_up(static_cast<double>(*claim.tree_height) + 1, acc.u));
  d.absolute = mul_up(n, acc.eta);

  if (bits < 53 && (!a.fits || !b.fits)) {
    const double u_in = std::ldexp(1.0, -bits);
    d.per_operand = add_up(2 * u_in, u_in * u_in);
    d.growth = add_up(1, d.per_operand);
    // Below the normal range the error of rounding an operand is absolute: half of the lowest bit.
    const double eta_in = std::ldexp(1.0, -126 - bits);
    if (a.largest_subnormal > 0) d.absolute = add_up(d.absolute, mul_up(n * eta_in, 2 * b.largest));
    if (b.largest_subnormal > 0) d.absolute = add_up(d.absolute, mul_up(n * eta_in, 2 * a.largest));
  }
  if (claim.flushes_subnormals) {
    // n products and n - 1 sums may each lose less than the smallest normal number, and so may
    // operands that are subnormal.
    d.absolute = add_up(d.absolute, mul_up(2 * n, acc.min_normal));
    d.absolute = add_up(d.absolute, mul_up(mul_up(n, a.largest_subnormal), b.largest));
    d.absolute = add_up(d.absolute, mul_up(mul_up(n, b.largest_subnormal), a.largest));
    d.absolute = add_up(d.absolute, bias.largest_subnormal);
  }

  // Products are multiples of 2^(lx+lw), and so are all sums of them.
  const bool zero = a.largest == 0 || b.largest == 0;
  const int product_bit = zero ? std::numeric_limits<int>::max() : a.lowest_bit + b.lowest_bit;
  const int lowest = std::min(product_bit, bias.lowest_bit);
  const int floor_exponent =
      claim.flushes_subnormals ? acc.min_exponent + acc.precision - 1 : acc.min_exponent;
  const bool operands_kept =
      a.fits && b.fits &&
      (!claim.flushes_subnormals || (a.largest_subnormal == 0 && b.largest_subnormal == 0));
  if (operands_kept && lowest >= floor_exponent)
    d.exact_limit = lowest > 1000 ? 0 : std::ldexp(1.0, std::min(acc.precision + lowest, 1000));
  d.one_product = n == 1 && operands_kept && !claim.flushes_subnormals;
  return d;
}

std::string direct_formula(const Claim& claim, double terms) {
  std::string text = fmt::format("n u S, n = {}", terms);
  if (claim.tree_height && static_cast<double>(*claim.tree_height) + 1 < terms)
    text = fmt::format("gamma_h+1 S, h = {}", *claim.tree_height);
  if (operand_bits(claim.algorithm) < 53)
    text += fmt::format(" + (2u'+u'^2) S, u' = 2^-{}", operand_bits(claim.algorithm));
  if (claim.flushes_subnormals) text += " + flushes";
  return text;
}

// |found - v| for |found_sum - y| <= error: the store's own rounding, and that of the oracle.
double against_rounded(double error, double v, ElementType stored) {
  if (stored != ElementType::kF32 && stored != ElementType::kF64) {
    const double u = std::ldexp(1.0, -traits(stored).precision_bits);
    const double magnitude = add_up(add_up(std::fabs(v), half_ulp(v, stored)), error);
    error = add_up(add_up(error, mul_up(u, magnitude)),
                   std::ldexp(1.0, traits(stored).min_exponent - 1));
  }
  return add_up(error, half_ulp(v, stored));
}

// S over the terms whose operands are both finite.
Result<std::vector<double>> finite_sums(const ConvProblem& p, const std::vector<Tensor>& operands,
                                        const reference::OracleOptions& options) {
  std::vector<Tensor> finite = operands;
  for (Tensor& t : finite)
    for (std::int64_t i = 0; i < t.count(); ++i)
      if (!std::isfinite(t.value(i))) t.set_value(i, 0);
  CONVCHECK_ASSIGN(auto oracle, reference::solve(p, finite, options));
  return std::move(oracle.sum_abs);
}

// `sum_abs`: S of the operands with their errors; `carried`: sum E |w| per output, may be empty.
Result<OutputBounds> direct_output_bounds(const Claim& claim, const ConvProblem& p,
                                          const std::vector<Tensor>& operands,
                                          const reference::OracleResult& oracle,
                                          const std::vector<double>& sum_abs,
                                          const std::vector<double>& carried,
                                          const reference::OracleOptions& options) {
  const ElementType stored = p.type(p.written());
  const double largest = std::min(accumulator(stored).max_finite, [&] {
    const ElementTraits& t = traits(stored);
    return std::ldexp(2 - std::ldexp(1.0, 1 - t.precision_bits), t.max_exponent - 1);
  }());
  const DirectBound d = direct_bound(claim, p, operands);
  OutputBounds bounds;
  bounds.formula = direct_formula(claim, d.terms);
  bounds.absolute.resize(sum_abs.size());
  std::vector<double> finite;
  if (carried.empty() &&
      !std::all_of(sum_abs.begin(), sum_abs.end(), [](double s) { return std::isfinite(s); })) {
    CONVCHECK_ASSIGN(finite, finite_sums(p, operands, options));
  }
  const auto may_overflow = [&](double s) {
    const double grown = mul_up(s, d.growth);
    return !(add_up(grown, d.rounding(grown)) <= largest);
  };
  for (std::size_t i = 0; i < sum_abs.size(); ++i) {
    const double v = oracle.value.value(static_cast<std::int64_t>(i));
    const double extra = carried.empty() ? 0 : carried[i];
    double bound = 0;
    if (!std::isfinite(sum_abs[i])) {
      // Operands that are not finite decide the result's class, but for an Inf that finite terms
      // which overflow the other way turn into a NaN. Errors carried over from an earlier step that
      // are not finite leave nothing to demand.
      const bool nan_possible = finite.empty() || (std::isinf(v) && may_overflow(finite[i]));
      bound = nan_possible ? kInfinity : 0;
    } else if (may_overflow(sum_abs[i])) {
      bound = kInfinity;  // A partial sum of some order.
    } else if (extra == 0 && (sum_abs[i] <= d.exact_limit || d.one_product)) {
      bound = 0;
    } else {
      const double rounding = d.rounding(mul_up(sum_abs[i], d.growth));
      const double error = add_up(add_up(rounding, mul_up(d.per_operand, sum_abs[i])), extra);
      bound = against_rounded(error, v, stored);
    }
    if (!(bound < kInfinity)) ++bounds.unpromised;
    bounds.absolute[i] = bound;
  }
  return bounds;
}

OutputBounds exact_bounds(const reference::OracleResult& oracle, const char* formula) {
  OutputBounds bounds;
  bounds.absolute.assign(static_cast<std::size_t>(oracle.value.count()), 0);
  bounds.formula = formula;
  return bounds;
}

Result<OutputBounds> step_bounds(const Claim& claim, std::string_view algorithm,
                                 const ConvProblem& p, const std::vector<Tensor>& operands,
                                 const reference::OracleResult& oracle,
                                 const std::vector<double>& sum_abs,
                                 const std::vector<double>& carried,
                                 const reference::OracleOptions& options) {
  const bool no_error_in =
      std::all_of(carried.begin(), carried.end(), [](double e) { return e == 0; });
  if (traits(p.type(p.written())).is_integer && no_error_in)
    return exact_bounds(oracle, "integer sums");
  switch (claim.algorithm) {
    case AlgorithmClass::kExact:
      if (no_error_in) return exact_bounds(oracle, "correctly rounded");
      break;
    case AlgorithmClass::kDirect:
    case AlgorithmClass::kTf32:
    case AlgorithmClass::kBf16:
      return direct_output_bounds(claim, p, operands, oracle, sum_abs, carried, options);
    case AlgorithmClass::kWinograd:
      if (no_error_in) return winograd_output_bounds(claim, algorithm, p, operands, oracle);
      break;
    case AlgorithmClass::kFft:
      if (no_error_in) return fft_output_bounds(claim, p, operands, oracle);
      break;
  }
  return fail(ErrorCode::kUnsupported,
              "no bound for a chain whose steps claim {}: only direct steps carry errors along",
              to_string(claim.algorithm));
}

// |x| + E, or E alone, rounded up to f32.
Tensor magnitudes_up(const Tensor* x, const std::vector<double>& errors, const Shape& shape) {
  Tensor result(ElementType::kF32, shape);
  const auto out = result.values<float>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double v =
        add_up(x == nullptr ? 0 : std::fabs(x->value(static_cast<std::int64_t>(i))), errors[i]);
    auto f = static_cast<float>(v);
    if (static_cast<double>(f) < v) f = std::nextafter(f, std::numeric_limits<float>::infinity());
    out[i] = f;
  }
  return result;
}

template <typename T>
std::vector<T> shuffled(const std::vector<T>& values, const Shape& shape, std::int64_t groups) {
  std::vector<T> result(values.size());
  std::int64_t inner = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) inner *= shape[axis];
  if (!values.empty())
    shuffle_channels(values.data(), result.data(), shape[0], shape[1], groups,
                     static_cast<std::size_t>(inner) * sizeof(T));
  return result;
}

Tensor shuffled(const Tensor& t, std::int64_t groups) {
  Tensor result(t.type(), t.shape());
  if (t.count() != 0)
    shuffle_channels(t.data(), result.data(), t.shape()[0], t.shape()[1], groups,
                     t.size_bytes() / static_cast<std::size_t>(t.shape()[0] * t.shape()[1]));
  return result;
}

}  // namespace

double half_ulp(double v, ElementType type) {
  const ElementTraits& t = traits(type);
  if (t.is_integer || !std::isfinite(v)) return 0;
  // The exponent field of a subnormal f64 says -1023; nothing is lost by that, because every type's
  // smallest subnormal is coarser or f64's own.
  const int field = static_cast<int>(std::bit_cast<std::uint64_t>(v) >> 52 & 0x7FF);
  const int exponent = std::max(field - 1023 - t.precision_bits + 1, t.min_exponent) - 1;
  // Half of f64's smallest subnormal is no double: the whole one bounds it.
  if (exponent < -1022) return std::ldexp(1.0, std::max(exponent, -1074));
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

double accumulator_roundoff(ElementType type) {
  return traits(type).is_integer ? 0 : accumulator(type).u;
}

Result<OutputBounds> output_bounds(const Claim& claim, std::string_view algorithm,
                                   const ConvProblem& problem, const std::vector<Tensor>& operands,
                                   const reference::OracleResult& oracle,
                                   const reference::OracleOptions& options) {
  return step_bounds(claim, algorithm, problem, operands, oracle, oracle.sum_abs, {}, options);
}

Result<OutputBounds> chain_output_bounds(const Claim& claim, std::string_view algorithm,
                                         const Chain& chain, const std::vector<Tensor>& operands,
                                         const reference::ChainResult& oracle,
                                         const reference::OracleOptions& options) {
  if (chain.is_single())
    return output_bounds(claim, algorithm, chain.front(), operands, oracle.last, options);
  Claim step_claim = claim;
  if (chain.problems().size() > 1) step_claim.tree_height.reset();

  Tensor data = operands[0];   // What the next step reads, as the oracle has it.
  std::vector<double> errors;  // How far an engine's may be from it; empty before step 0.
  OutputBounds bounds;
  std::size_t operand = 1;
  std::size_t problem_index = 0;
  for (const Step& step : chain.steps) {
    if (const auto* shuffle = std::get_if<Shuffle>(&step)) {
      errors = shuffled(errors, data.shape(), shuffle->groups);
      data = shuffled(data, shuffle->groups);
      continue;
    }
    const ConvProblem& p = std::get<ConvProblem>(step);
    std::vector<Tensor> own;
    own.push_back(operands[operand++]);
    if (p.has_bias) own.push_back(operands[operand++]);
    // Canonical order: x, w, bias for conv, but w, bias, y for deconv.
    const std::size_t data_at = p.operation == Operation::kConv ? 0 : own.size();
    own.insert(own.begin() + static_cast<std::ptrdiff_t>(data_at), data);
    const reference::OracleResult& exact = oracle.steps[problem_index++];
    const bool erring = std::any_of(errors.begin(), errors.end(), [](double e) { return e != 0; });
    std::vector<double> sum_abs = exact.sum_abs;
    std::vector<double> carried;
    if (erring) {
      if (data.type() != ElementType::kF32)
        return fail(ErrorCode::kUnsupported, "no bound for a chain with intermediate {} results",
                    to_string(data.type()));
      std::vector<Tensor> wider = own;
      wider[data_at] = magnitudes_up(&data, errors, data.shape());
      CONVCHECK_ASSIGN(const auto with_errors, reference::solve(p, wider, options));
      sum_abs = with_errors.sum_abs;
      ConvProblem without_bias = p;
      without_bias.has_bias = false;
      std::vector<Tensor> error_operands = own;
      error_operands[data_at] = magnitudes_up(nullptr, errors, data.shape());
      if (p.has_bias)
        error_operands.erase(error_operands.begin() + (p.operation == Operation::kConv ? 2 : 1));
      CONVCHECK_ASSIGN(const auto error_terms,
                       reference::solve(without_bias, error_operands, options));
      carried = error_terms.sum_abs;
    }
    CONVCHECK_ASSIGN(bounds,
                     step_bounds(step_claim, algorithm, p, own, exact, sum_abs, carried, options));
    errors = bounds.absolute;
    data = exact.value;
  }
  return bounds;
}

}  // namespace convcheck::properties
