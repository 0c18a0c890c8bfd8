// SPDX-License-Identifier: Apache-2.0
#include "reference/exact_answer.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "core/chain_plan.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

std::int32_t zero_point(const ConvProblem& p, Role role) {
  return role == Role::kX ? p.x_zero_point : role == Role::kW ? p.w_zero_point : 0;
}

// The operand in f64, minus its zero point: exact, for integers have at most 33 bits with it.
Tensor widened(const Tensor& tensor, std::int32_t zero_point) {
  Tensor wide(ElementType::kF64, tensor.shape());
  for (std::int64_t i = 0; i < tensor.count(); ++i) wide.set_value(i, tensor.value(i) - zero_point);
  return wide;
}

}  // namespace

LastStep last_step(const Chain& chain, const std::vector<Tensor>& operands,
                   const ChainResult& result) {
  LastStep last{chain.back(), operands};
  if (chain.is_single()) return last;
  Tensor travelling = result.steps[result.steps.size() - 2].value;
  // Only shuffles lie between the last problem but one and the last.
  std::size_t first = chain.steps.size() - 1;
  while (std::holds_alternative<Shuffle>(chain.steps[first - 1])) --first;
  for (std::size_t i = first; i + 1 < chain.steps.size(); ++i) {
    const Shape& shape = travelling.shape();
    Tensor shuffled(travelling.type(), shape);
    if (travelling.count() != 0)
      shuffle_channels(travelling.data(), shuffled.data(), shape[0], shape[1],
                       std::get<Shuffle>(chain.steps[i]).groups,
                       travelling.size_bytes() / static_cast<std::size_t>(shape[0] * shape[1]));
    travelling = std::move(shuffled);
  }
  last.operands.clear();
  std::size_t own = operands.size() - (last.problem.has_bias ? 2 : 1);
  for (const OperandSpec& spec : operand_specs(Chain(last.problem))) {
    if (spec.written) continue;
    last.operands.push_back(spec.role == last.problem.data_input() ? travelling : operands[own++]);
  }
  return last;
}

std::vector<Dyadic> exact_values(const ConvProblem& problem, const std::vector<Tensor>& operands) {
  std::vector<Dyadic> values;
  if (element_count(problem.shape(problem.written())) == 0) return values;
  // Without an element in every tensor, extents are bounded by no memory, nor are loops.
  if (element_count(problem.x_shape()) == 0 || element_count(problem.y_shape()) == 0) {
    const Shape shape = problem.shape(problem.written());
    const std::int64_t count = element_count(shape);
    const std::int64_t positions = count / (shape[0] * shape[1]);
    for (std::int64_t i = 0; i < count; ++i)
      values.push_back(problem.has_bias
                           ? make_dyadic(operands[operand_index(problem, Role::kBias)].value(
                                 i / positions % shape[1]))
                           : Dyadic{});
    return values;
  }
  const WideSums sums = wide_sums(problem, operands);
  for (std::size_t i = 0; i < sums.count(); ++i) values.push_back(sums.value(i));
  return values;
}

std::optional<std::int64_t> first_misrounded(const Tensor& value,
                                             const std::vector<Dyadic>& exact) {
  for (std::int64_t i = 0; i < value.count(); ++i) {
    const double found = value.value(i);
    const double due = rounded(exact[static_cast<std::size_t>(i)], value.type());
    const bool same =
        std::isnan(due) ? std::isnan(found)
                        : std::bit_cast<std::uint64_t>(found) == std::bit_cast<std::uint64_t>(due);
    if (!same) return i;
  }
  return std::nullopt;
}

Result<std::vector<Enclosure>> enclosures(const ConvProblem& problem,
                                          const std::vector<Tensor>& operands,
                                          const OracleOptions& options) {
  // Narrow floats stay what they are: their products are doubles, and so are many of their sums.
  ConvProblem wide = problem;
  std::vector<Tensor> wide_operands;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(problem))) {
    const bool widen = traits(spec.type).is_integer || spec.written || spec.role == Role::kBias;
    if (widen && spec.role == Role::kX) wide.x_type = ElementType::kF64;
    if (widen && spec.role == Role::kW) wide.w_type = ElementType::kF64;
    if (widen && spec.role == Role::kY) wide.y_type = ElementType::kF64;
    if (spec.written) continue;
    const Tensor& operand = operands[next++];
    wide_operands.push_back(widen ? widened(operand, zero_point(problem, spec.role)) : operand);
  }
  wide.x_zero_point = wide.w_zero_point = 0;
  CONVCHECK_ASSIGN(const OracleResult result, solve(wide, wide_operands, options));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<Enclosure> list;
  for (std::int64_t i = 0; i < result.value.count(); ++i) {
    const double v = result.value.value(i);
    const Tier tier = result.tier[static_cast<std::size_t>(i)];
    if (tier == Tier::kNonFinite || tier == Tier::kExactSum)
      list.push_back({v, v});
    else  // The exact value is nearer to v than to either neighbour.
      list.push_back({std::nextafter(v, -kInfinity), std::nextafter(v, kInfinity)});
  }
  return list;
}

}  // namespace convcheck::reference
