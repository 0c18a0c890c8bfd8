// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/problem_text.hpp"
#include "properties/bounds.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {
namespace {

bool equal_numbers(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool equal_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
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

// The largest sum of |b| over the terms of one output, b = w, or y for wgrad.
double largest_sum(const ConvProblem& p, const Tensor& b) {
  const bool wgrad = p.operation == Operation::kWgrad;
  const std::int64_t channels = p.in_channels / p.groups;
  std::vector<double> sums(
      static_cast<std::size_t>(p.operation == Operation::kDeconv ? p.in_channels : p.out_channels),
      0);
  if (b.count() == 0) return 0;
  // Elements that lie together: the taps of one (m, c) of w, the positions of one (n, m) of y.
  const std::int64_t run = b.count() / (b.shape()[0] * b.shape()[1]);
  for (std::int64_t i = 0; i < b.count(); ++i) {
    const std::int64_t row = i / run / b.shape()[1];
    const std::int64_t column = i / run % b.shape()[1];
    std::int64_t sum = wgrad ? column : row;
    if (p.operation == Operation::kDeconv)
      sum = row / (p.out_channels / p.groups) * channels + column;
    sums[static_cast<std::size_t>(sum)] += std::fabs(b.value(i));
  }
  return *std::max_element(sums.begin(), sums.end());
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

Values Values::with(Role role, Tensor tensor) const {
  Values copy = *this;
  copy[role] = std::move(tensor);
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
  for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
    if (role == p.written() || (role == Role::kBias && !p.has_bias)) continue;
    operands.push_back(values[role]);
  }
  return operands;
}

bool sums_exactly(const ConvProblem& p, const Values& values) {
  const bool wgrad = p.operation == Operation::kWgrad;
  const double data = integer_magnitude(values[p.data_input()]);
  const Tensor& partner = values[wgrad ? Role::kY : Role::kW];
  if (data == HUGE_VAL || integer_magnitude(partner) == HUGE_VAL) return false;
  double largest = data * largest_sum(p, partner);
  if (p.has_bias) largest += integer_magnitude(values[Role::kBias]);
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
  const AlgorithmClass algorithm = outcome_.claim.algorithm;
  if (algorithm == AlgorithmClass::kWinograd) {
    round_to_integers(p, values, result);
    return result;
  }
  const int bits = operand_bits(algorithm, p.type(p.written()));
  for (const Role role : {Role::kX, Role::kW, Role::kY}) {
    if (role == p.written()) continue;
    if (bits > 0 && integer_magnitude(values[role]) <= std::ldexp(1.0, bits)) continue;
    not_applicable(fmt::format("class {} is not exact on these data", to_string(algorithm)));
  }
  return result;
}

void Calls::round_to_integers(const ConvProblem& p, const Values& values, Tensor& result) {
  const std::vector<Tensor> operands = in_order(p, values);
  const auto oracle = reference::solve(p, operands);
  if (!oracle) return not_applicable(oracle.error().message);
  const auto bounds = output_bounds(outcome_.claim, outcome_.algorithm, p, operands, *oracle);
  if (!bounds) return not_applicable(bounds.error().message);
  for (std::int64_t i = 0; i < result.count(); ++i) {
    if (!(bounds->absolute[static_cast<std::size_t>(i)] < 0.5))
      return not_applicable("the bound of the claim does not tell neighbouring integers apart");
    // Away from ties, which are beyond the bound: the rounding mode does not matter.
    result.set_rounded(i, std::nearbyint(result.value(i)));
  }
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

void Calls::compare(std::string_view operand, const Tensor& expected, const Tensor& found,
                    bool (*equal)(double, double), const Shape& origin) {
  if (decided_) return;
  CONVCHECK_CHECK(expected.shape() == found.shape(), to_string(found.shape()));
  Discrepancy first;
  for (std::int64_t i = 0; i < expected.count(); ++i) {
    const double e = expected.value(i);
    const double f = found.value(i);
    compared_ = compared_ || e != 0 || f != 0;
    if (equal(e, f) || first.count++ > 0) continue;
    first.operand = operand;
    first.index = i;
    first.position = position_of(i, expected.shape());
    for (std::size_t axis = 0; axis < origin.size(); ++axis) first.position[axis] += origin[axis];
    first.expected = e;
    first.found = f;
  }
  if (first.count == 0) return;
  decide(Judgement::Kind::kViolated, describe(first, expected.count()));
  judgement_.discrepancy = std::move(first);
}

void Calls::expect_equal(std::string_view operand, const Tensor& expected, const Tensor& found,
                         const Shape& origin) {
  compare(operand, expected, found, equal_numbers, origin);
}

void Calls::expect_same_bits(std::string_view operand, const Tensor& expected,
                             const Tensor& found) {
  compare(operand, expected, found, equal_bits, {});
}

void Calls::expect_equal(std::string_view operand, double expected, double found) {
  Tensor e(ElementType::kF64, {});
  Tensor f(ElementType::kF64, {});
  e.set_value(0, expected);
  f.set_value(0, found);
  compare(operand, e, f, equal_numbers, {});
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
