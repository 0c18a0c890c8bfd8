// SPDX-License-Identifier: Apache-2.0
#include "properties/shrink_moves.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

// An axis of `count` blocks of `size`: channels by group. Other axes are one block.
struct Blocks {
  std::int64_t count, size;
};

std::optional<AxisMap> crop_map(Blocks from, Blocks to, bool trailing) {
  if (to.count > from.count || to.size > from.size) return std::nullopt;
  AxisMap map;
  for (std::int64_t g = 0; g < to.count; ++g) {
    const std::int64_t block = trailing ? from.count - to.count + g : g;
    for (std::int64_t i = 0; i < to.size; ++i)
      map.push_back(block * from.size + (trailing ? from.size - to.size + i : i));
  }
  return map;
}

Blocks blocks_of(const OperandSpec& spec, const ConvProblem& p, std::size_t axis) {
  const bool channels = spec.shape == p.shape(spec.role) &&
                        ((axis == 1 && (spec.role == Role::kX || spec.role == Role::kY)) ||
                         (axis == 0 && (spec.role == Role::kW || spec.role == Role::kBias)));
  if (!channels) return {1, spec.shape[axis]};
  return {p.groups, spec.shape[axis] / p.groups};
}

const ConvProblem& problem_of(const Chain& chain, const OperandSpec& spec) {
  return std::get<ConvProblem>(chain.steps[static_cast<std::size_t>(spec.step)]);
}

std::optional<Tensor> crop(const Tensor& tensor, const OperandSpec& from, const ConvProblem& old,
                           const OperandSpec& to, const ConvProblem& p, bool trailing) {
  if (from.shape == to.shape) return tensor;
  if (from.shape.size() != to.shape.size()) {
    if (element_count(from.shape) != element_count(to.shape)) return std::nullopt;
    return reshaped(tensor, to.shape);
  }
  AxisMaps maps;
  for (std::size_t axis = 0; axis < to.shape.size(); ++axis) {
    std::optional<AxisMap> map =
        crop_map(blocks_of(from, old, axis), blocks_of(to, p, axis), trailing);
    if (!map) return std::nullopt;
    maps.push_back(*std::move(map));
  }
  return gather(tensor, maps);
}

std::optional<Case> resize(const Law& law, const Case& c, const Resize& move) {
  if (!validate(move.chain) || !law.in_domain(move.chain)) return std::nullopt;
  if (move.fresh) {
    Case fresh = law.make_case(move.chain, 0);
    fresh.environment = c.environment;
    return fresh;
  }
  const LawOperands from = law.operands(c.chain);
  const LawOperands to = law.operands(move.chain);
  Case smaller{move.chain, {}, c.environment};
  for (const OperandSpec& spec : to) {
    const auto old = std::find_if(from.begin(), from.end(),
                                  [&](const OperandSpec& s) { return s.name == spec.name; });
    if (old == from.end()) return std::nullopt;
    std::optional<Tensor> cropped =
        crop(c.operands[static_cast<std::size_t>(old - from.begin())], *old,
             problem_of(c.chain, *old), spec, problem_of(move.chain, spec), move.trailing);
    if (!cropped) return std::nullopt;
    smaller.operands.push_back(*std::move(cropped));
  }
  return smaller;
}

// Simpler numbers, simplest first: each is before v in the order 0, 1, -1, integers by magnitude,
// fractions by significant bits.
std::vector<double> simpler(double v) {
  if (v == 0 || v == 1) return {};
  if (v == -1) return {1};
  std::vector<double> values = {1, -1};
  if (!std::isfinite(v)) return values;
  const bool integer = v == std::trunc(v);
  const auto add = [&](double w) {
    if (w != 0 && w != v && std::fabs(w) != 1 &&
        std::find(values.begin(), values.end(), w) == values.end())
      values.push_back(w);
  };
  const double truncated = std::trunc(v);
  if (integer) {
    add(std::copysign(std::ldexp(1.0, std::ilogb(v)), v));
    add(std::trunc(v / 2));
    if (std::fabs(v) <= 16) add(v - std::copysign(1, v));
    if (v < 0) add(-v);
    return values;
  }
  add(truncated);
  for (const int bits : {1, 2, 6, 12}) {
    const double unit = std::ldexp(1.0, std::ilogb(v) + 1 - bits);
    add(std::trunc(v / unit) * unit);
  }
  return values;
}

double simplified(double v, SimplifyAll how) {
  if (v == 0) return v;
  switch (how) {
    case SimplifyAll::kOnes:
      return 1;
    case SimplifyAll::kSigns:
      return std::isnan(v) ? 1 : std::copysign(1, v);
    case SimplifyAll::kTruncate:
      return std::isfinite(v) ? std::trunc(v) : v;
    case SimplifyAll::kHalve:
      return std::isfinite(v) && v == std::trunc(v) && std::fabs(v) > 1 ? std::trunc(v / 2) : v;
  }
  return v;
}

void block_moves(const Case& c, std::vector<Move>& list) {
  std::int64_t largest = 0;
  for (const Tensor& t : c.operands) largest = std::max(largest, t.count());
  for (std::int64_t size = largest; size > 0; size = size == 1 ? 0 : (size + 1) / 2) {
    for (std::size_t operand = 0; operand < c.operands.size(); ++operand) {
      const std::int64_t count = c.operands[operand].count();
      // The next size is the whole of this operand too.
      if (size > 1 && (size + 1) / 2 >= count) continue;
      for (std::int64_t begin = 0; begin < count; begin += size)
        list.emplace_back(ZeroBlock{operand, begin, std::min(size, count - begin)});
    }
  }
}

void value_moves(const Case& c, std::vector<Move>& list) {
  for (std::size_t operand = 0; operand < c.operands.size(); ++operand) {
    const Tensor& t = c.operands[operand];
    for (std::int64_t i = 0; i < t.count(); ++i) {
      for (const double v : simpler(t.value(i))) list.emplace_back(SetValue{operand, i, v});
    }
  }
}

constexpr SimplifyEnvironment kEnvironmentMoves[] = {
    {[](Environment& e) { e = {}; }},
    {[](Environment& e) { e.threads = Environment{}.threads; }},
    {[](Environment& e) { e.threads = std::min(e.threads, 2); }},
    {[](Environment& e) { e.layout = Environment{}.layout; }},
    {[](Environment& e) { e.guard = Environment{}.guard; }},
    {[](Environment& e) { e.misalignment_bytes = Environment{}.misalignment_bytes; }},
    {[](Environment& e) { e.read_only_inputs = Environment{}.read_only_inputs; }},
    {[](Environment& e) { e.poison = Environment{}.poison; }},
    {[](Environment& e) { e.prior_calls = Environment{}.prior_calls; }},
    {[](Environment& e) { e.prior_calls = std::min(e.prior_calls, 1); }},
    {[](Environment& e) { e.concurrent_calls = Environment{}.concurrent_calls; }},
    {[](Environment& e) { e.concurrent_calls = std::min(e.concurrent_calls, 2); }},
};

std::optional<Case> zero_block(const Case& c, const ZeroBlock& move) {
  const Tensor& t = c.operands[move.operand];
  std::int64_t first = move.begin;
  while (first < move.begin + move.count && t.value(first) == 0) ++first;
  if (first == move.begin + move.count) return std::nullopt;
  Case changed = c;
  for (std::int64_t i = first; i < move.begin + move.count; ++i)
    changed.operands[move.operand].set_value(i, 0);
  return changed;
}

std::optional<Case> simplify_all(const Case& c, SimplifyAll how) {
  Case changed = c;
  for (Tensor& t : changed.operands) {
    for (std::int64_t i = 0; i < t.count(); ++i) t.set_rounded(i, simplified(t.value(i), how));
  }
  if (changed.operands == c.operands) return std::nullopt;
  return changed;
}

std::optional<Case> set_value(const Case& c, const SetValue& move) {
  const double old = c.operands[move.operand].value(move.index);
  const std::vector<double> allowed = simpler(old);
  if (std::find(allowed.begin(), allowed.end(), move.value) == allowed.end()) return std::nullopt;
  Case changed = c;
  changed.operands[move.operand].set_rounded(move.index, move.value);
  if (changed.operands[move.operand].value(move.index) != move.value) return std::nullopt;
  return changed;
}

}  // namespace

std::vector<Move> moves(const Case& c, int phase) {
  std::vector<Move> list;
  switch (phase) {
    case 0:
      for (Resize& resize : smaller_chains(c.chain)) list.emplace_back(std::move(resize));
      break;
    case 1:
      block_moves(c, list);
      break;
    case 2:
      list = {SimplifyAll::kOnes, SimplifyAll::kSigns, SimplifyAll::kTruncate, SimplifyAll::kHalve};
      break;
    case 3:
      value_moves(c, list);
      break;
    default:
      list.assign(std::begin(kEnvironmentMoves), std::end(kEnvironmentMoves));
  }
  return list;
}

std::optional<Case> apply(const Law& law, const Case& c, const Move& move) {
  if (const auto* to = std::get_if<Resize>(&move)) return resize(law, c, *to);
  if (const auto* block = std::get_if<ZeroBlock>(&move)) return zero_block(c, *block);
  if (const auto* value = std::get_if<SetValue>(&move)) return set_value(c, *value);
  if (const auto* how = std::get_if<SimplifyAll>(&move)) return simplify_all(c, *how);
  Case changed = c;
  std::get<SimplifyEnvironment>(move).change(changed.environment);
  if (changed.environment == c.environment) return std::nullopt;
  return changed;
}

}  // namespace convcheck::properties
