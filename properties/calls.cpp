// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/problem_text.hpp"
#include "properties/bounds.hpp"
#include "properties/round_up.hpp"
#include "properties/tap_counts.hpp"
#include "reference/definition.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {
namespace {

bool equal_numbers(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool equal_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

constexpr std::array kRoles = {Role::kX, Role::kW, Role::kBias, Role::kY};

bool reads(const ConvProblem& p, Role role) {
  return role != p.written() && (role != Role::kBias || p.has_bias);
}

// |v| (+ error) or the errors alone, for the definition.
std::vector<double> magnitudes(const Estimate& e, bool value, bool error) {
  std::vector<double> list(static_cast<std::size_t>(e.count()));
  for (std::int64_t i = 0; i < e.count(); ++i) {
    const double magnitude = value ? std::fabs(e.value(i)) : 0;
    list[static_cast<std::size_t>(i)] = error ? add_up(magnitude, e.error(i)) : magnitude;
  }
  return list;
}

// At least sum |a| E_b + E_a (|b| + E_b) (+ E_bias) over the terms of every output.
std::vector<double> carried_errors(const ConvProblem& p, const Values& values) {
  const Role a = p.data_input();
  const Role b = p.operation == Operation::kWgrad ? Role::kY : Role::kW;
  const auto part = [&](bool a_value, bool a_error, bool b_value, bool b_error, bool bias) {
    reference::Values<double> v;
    const auto place = [&](Role role) -> std::vector<double>& {
      return role == Role::kX ? v.x : role == Role::kW ? v.w : v.y;
    };
    place(a) = magnitudes(values[a], a_value, a_error);
    place(b) = magnitudes(values[b], b_value, b_error);
    ConvProblem q = p;
    q.has_bias = p.has_bias && bias;
    if (q.has_bias) v.bias = magnitudes(values[Role::kBias], false, true);
    return reference::definition(q, v);
  };
  std::vector<double> errors = part(true, false, false, true, true);
  const std::vector<double> others = part(false, true, true, true, false);
  // Sums of terms >= 0, each with at most 2 n + 2 roundings down.
  const double growth = add_up(1, gamma_up(2 * static_cast<double>(p.term_count()) + 2, 0x1p-53));
  for (std::size_t i = 0; i < errors.size(); ++i)
    errors[i] = mul_up(add_up(errors[i], others[i]), growth);
  return errors;
}

// max |v|; infinite if a value is no integer.
double integer_magnitude(const Tensor& t) {
  double largest = 0;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double v = t.value(i);
    if (!std::isfinite(v) || v != std::trunc(v)) return HUGE_VAL;
    largest = std::max(largest, std::fabs(v));
  }
  return largest;
}

// Significant bits to which the class rounds its operands; 0 if its arithmetic is not exact on
// integers that a direct sum adds exactly.
int operand_bits(AlgorithmClass algorithm, ElementType type) {
  switch (algorithm) {
    case AlgorithmClass::kExact:
    case AlgorithmClass::kDirect:
      return traits(type).precision_bits;
    case AlgorithmClass::kTf32:
      return 11;
    case AlgorithmClass::kBf16:
      return 8;
    case AlgorithmClass::kWinograd:  // See round_to_integers.
    case AlgorithmClass::kFft:
      return 0;
  }
  return 0;
}

}  // namespace

Values Values::with(Role role, Estimate operand) const {
  Values copy = *this;
  copy[role] = std::move(operand);
  return copy;
}

Values values_of(const Case& c) {
  Values values;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(c.chain)) {
    if (!spec.written) values[spec.role] = c.operands[next++];
  }
  return values;
}

std::vector<Tensor> in_order(const ConvProblem& p, const Values& values) {
  std::vector<Tensor> operands;
  for (const Role role : kRoles) {
    if (reads(p, role)) operands.push_back(values[role].tensor());
  }
  return operands;
}

bool sums_exactly(const ConvProblem& p, const Values& values) {
  const bool wgrad = p.operation == Operation::kWgrad;
  const double data = integer_magnitude(values[p.data_input()].tensor());
  const Tensor& partner = values[wgrad ? Role::kY : Role::kW].tensor();
  if (data == HUGE_VAL || integer_magnitude(partner) == HUGE_VAL) return false;
  double largest = data * largest_sum(p, partner, [](double v) { return std::fabs(v); });
  if (p.has_bias) largest += integer_magnitude(values[Role::kBias].tensor());
  return largest < std::ldexp(1.0, traits(p.type(p.written())).precision_bits);
}

Tensor Calls::run(const Chain& chain, std::vector<Tensor> operands) {
  const OperandSpec written = operand_specs(chain)[written_index(chain)];
  if (decided_) return Tensor(written.type, written.shape);
  outcome_ = runner_.run(Case{chain, std::move(operands), environment_});
  if (outcome_.kind != OutcomeKind::kCompleted) {
    fail_call(outcome_);
  } else if (!outcome_.output || outcome_.output->shape() != written.shape ||
             outcome_.output->type() != written.type) {
    decide(Judgement::Kind::kEngineFailed, fmt::format("the answer to {} is not a tensor {}",
                                                       to_string(chain), to_string(written.shape)));
  } else {
    return *outcome_.output;
  }
  return Tensor(written.type, written.shape);
}

Tensor Calls::exact(const ConvProblem& p, const Values& values) {
  if (!decided_ && !sums_exactly(p, values))
    not_applicable("the data do not add up exactly in " +
                   std::string(to_string(p.type(p.written()))));
  Tensor result = run(p, values);
  if (decided_) return result;
  if (outcome_.claim.algorithm == AlgorithmClass::kWinograd) {
    const Result<std::vector<double>> bounds = claimed_bounds(p, values);
    if (!bounds)
      not_applicable(bounds.error().message);
    else if (!round_to_integers(*bounds, result))
      not_applicable("the bound of the claim does not tell neighbouring integers apart");
    return result;
  }
  if (const Status exact = adds_exactly(p, values); !exact) not_applicable(exact.error().message);
  return result;
}

Estimate Calls::apply(const ConvProblem& p, const Values& values) {
  Tensor result = run(p, values);
  if (decided_) return result;
  const bool exact_operands = std::all_of(kRoles.begin(), kRoles.end(), [&](Role role) {
    return !reads(p, role) || values[role].exact();
  });
  if (!exact_operands || !sums_exactly(p, values))
    return within_bounds(p, values, std::move(result));
  if (outcome_.claim.algorithm == AlgorithmClass::kWinograd) {
    const Result<std::vector<double>> bounds = claimed_bounds(p, values);
    if (bounds && round_to_integers(*bounds, result)) return result;
    return within_bounds(p, values, std::move(result));
  }
  if (adds_exactly(p, values)) return result;
  return within_bounds(p, values, std::move(result));
}

Estimate Calls::within_bounds(const ConvProblem& p, const Values& values, Tensor result) {
  Result<std::vector<double>> bounds = claimed_bounds(p, values);
  if (!bounds) {
    not_applicable(bounds.error().message);
    return result;
  }
  const std::vector<double> carried = carried_errors(p, values);
  for (std::size_t i = 0; i < bounds->size(); ++i) {
    // The bound is against the exact result rounded once, at most half a unit from it: of the
    // larger of the two, which is no farther than the bound from the result.
    const double largest =
        add_up(std::fabs(result.value(static_cast<std::int64_t>(i))), (*bounds)[i]);
    const double half = half_ulp(largest, result.type());
    (*bounds)[i] = add_up(add_up((*bounds)[i], half), carried[i]);
  }
  return {std::move(result), *std::move(bounds)};
}

Status Calls::adds_exactly(const ConvProblem& p, const Values& values) const {
  const AlgorithmClass algorithm = outcome_.claim.algorithm;
  const int bits = operand_bits(algorithm, p.type(p.written()));
  for (const Role role : {Role::kX, Role::kW, Role::kY}) {
    if (role == p.written()) continue;
    if (bits > 0 && integer_magnitude(values[role].tensor()) <= std::ldexp(1.0, bits)) continue;
    return fail(ErrorCode::kUnsupported, "class {} is not exact on these data",
                to_string(algorithm));
  }
  return {};
}

Result<std::vector<double>> Calls::claimed_bounds(const ConvProblem& p, const Values& values) {
  const std::vector<Tensor> operands = in_order(p, values);
  CONVCHECK_ASSIGN(const auto oracle, reference::solve(p, operands));
  CONVCHECK_ASSIGN(auto bounds,
                   output_bounds(outcome_.claim, outcome_.algorithm, p, operands, oracle));
  return std::move(bounds.absolute);
}

bool Calls::round_to_integers(const std::vector<double>& bounds, Tensor& result) {
  if (std::any_of(bounds.begin(), bounds.end(), [](double bound) { return !(bound < 0.5); }))
    return false;
  // Away from ties, which are beyond the bound: the rounding mode does not matter.
  for (std::int64_t i = 0; i < result.count(); ++i)
    result.set_rounded(i, std::nearbyint(result.value(i)));
  return true;
}

Tensor Calls::repeatable(const ConvProblem& p, const Values& values) {
  Tensor result = run(p, values);
  if (!decided_ && !outcome_.claim.deterministic)
    not_applicable("the engine does not claim the same bits for every run");
  return result;
}

void Calls::fail_call(Outcome outcome) {
  using Kind = Judgement::Kind;
  Kind kind = Kind::kEngineFailed;
  switch (outcome.kind) {
    case OutcomeKind::kRefused:
      kind = Kind::kNotApplicable;
      break;
    case OutcomeKind::kCrashed:
      kind = Kind::kCrashed;
      break;
    case OutcomeKind::kTimedOut:
      kind = Kind::kTimedOut;
      break;
    default:
      break;
  }
  decide(kind, outcome.reason);
  judgement_.outcome = std::move(outcome);
}

template <typename Compare>
void Calls::compare(std::string_view operand, const Estimate& expected, const Estimate& found,
                    const Compare& compare_elements, const Shape& origin) {
  if (decided_) return;
  CONVCHECK_CHECK(expected.shape() == found.shape(), to_string(found.shape()));
  Discrepancy first;
  for (std::int64_t i = 0; i < expected.count(); ++i) {
    const double e = expected.value(i);
    const double f = found.value(i);
    const Comparison one = compare_elements(i, e, f);
    if (!std::isinf(one.bound)) compared_ = compared_ || e != 0 || f != 0;
    if (one.bound_used > 0)
      judgement_.bound_used = std::max(judgement_.bound_used.value_or(0), one.bound_used);
    if (one.equal || first.count++ > 0) continue;
    first.operand = operand;
    first.index = i;
    first.position = position_of(i, expected.shape());
    for (std::size_t axis = 0; axis < origin.size(); ++axis) first.position[axis] += origin[axis];
    first.expected = e;
    first.found = f;
    first.bound = one.bound;
  }
  if (first.count == 0) return;
  decide(Judgement::Kind::kViolated, describe(first, expected.count()));
  judgement_.discrepancy = std::move(first);
}

void Calls::expect_equal(std::string_view operand, const Estimate& expected, const Estimate& found,
                         const Shape& origin) {
  compare(
      operand, expected, found,
      [&](std::int64_t i, double e, double f) -> Comparison {
        const double bound = add_up(expected.error(i), found.error(i));
        if (bound == 0) return {equal_numbers(e, f), 0, 0};
        if (std::isinf(bound)) return {true, bound, 0};
        // The difference is rounded: by less than 2^-52 of itself.
        const double difference = std::fabs(e - f);
        return {difference <= add_up(bound, mul_up(bound, 0x1p-52)), bound, difference / bound};
      },
      origin);
}

void Calls::expect_same_bits(std::string_view operand, const Tensor& expected,
                             const Tensor& found) {
  compare(operand, expected, found,
          [](std::int64_t /*i*/, double e, double f) {
            return Comparison{equal_bits(e, f), 0, 0};
          },
          {});
}

void Calls::expect_equal(std::string_view operand, double expected, double found) {
  Tensor e(ElementType::kF64, {});
  Tensor f(ElementType::kF64, {});
  e.set_value(0, expected);
  f.set_value(0, found);
  expect_equal(operand, Estimate(std::move(e)), Estimate(std::move(f)));
}

void Calls::expect(Judgement judgement) {
  if (decided_) return;
  if (judgement.kind == Judgement::Kind::kVacuous) return;
  if (judgement.kind == Judgement::Kind::kHolds) {
    compared_ = true;
    if (judgement.bound_used) {
      judgement_.bound_used = std::max(judgement_.bound_used.value_or(0), *judgement.bound_used);
    }
    return;
  }
  judgement_ = std::move(judgement);
  decided_ = true;
}

void Calls::not_applicable(std::string detail) {
  if (!decided_) decide(Judgement::Kind::kNotApplicable, std::move(detail));
}

void Calls::decide(Judgement::Kind kind, std::string detail) {
  judgement_.kind = kind;
  judgement_.detail = std::move(detail);
  decided_ = true;
}

Judgement Calls::judgement() const {
  Judgement result = judgement_;
  if (!decided_ && !compared_) {
    result.kind = Judgement::Kind::kVacuous;
    result.detail = "nothing but zeros was compared";
  }
  return result;
}

std::string describe(const Discrepancy& d, std::int64_t compared) {
  std::string text = d.position.empty() ? d.operand : d.operand + to_string(d.position);
  text += fmt::format(" is {}, expected {}", d.found, d.expected);
  if (d.bound > 0) text += fmt::format(" within {}", d.bound);
  if (compared > 1) text += fmt::format(" ({} of {} elements differ)", d.count, compared);
  return text;
}

Shape position_of(std::int64_t i, const Shape& shape) {
  Shape position(shape.size(), 0);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    position[axis] = i % shape[axis];
    i /= shape[axis];
  }
  return position;
}

}  // namespace convcheck::properties
