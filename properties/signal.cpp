// SPDX-License-Identifier: Apache-2.0
#include "properties/signal.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

constexpr std::int64_t kMaxTotalLength = 6;
constexpr std::int64_t kMaxDrawnLength = 7;

using Lengths = std::vector<std::int64_t>;

// Compositions of `total` into `count` positive parts, in lexicographic order.
void compositions(std::int64_t total, std::size_t count, Lengths& begun,
                  const std::function<bool(const Lengths&)>& visit, bool& go_on) {
  if (begun.size() + 1 == count) {
    begun.push_back(total);
    go_on = visit(begun);
    begun.pop_back();
    return;
  }
  const auto others = static_cast<std::int64_t>(count - begun.size() - 1);
  for (std::int64_t length = 1; go_on && length + others <= total; ++length) {
    begun.push_back(length);
    compositions(total - length, count, begun, visit, go_on);
    begun.pop_back();
  }
}

// Arrays of values in {0, 1, -1} with `sum` of them not zero, lexicographic in that order.
void arrays(std::vector<int>& values, std::size_t at, std::int64_t sum,
            const std::function<bool(const std::vector<int>&)>& visit, bool& go_on) {
  if (at == values.size()) {
    go_on = visit(values);
    return;
  }
  const auto left = static_cast<std::int64_t>(values.size() - at);
  for (const int v : {0, 1, -1}) {
    const std::int64_t rest = sum - (v == 0 ? 0 : 1);
    if (!go_on || rest < 0 || rest > left - 1) continue;
    values[at] = v;
    arrays(values, at + 1, rest, visit, go_on);
  }
}

Case case_of(Chain chain, const std::vector<int>& values) {
  Case c{std::move(chain), {}, {}};
  std::size_t next = 0;
  for (const OperandSpec& spec : plain_operands(c.chain)) {
    Tensor t(spec.type, spec.shape);
    for (std::int64_t i = 0; i < t.count(); ++i) t.set_value(i, values[next++]);
    c.operands.push_back(std::move(t));
  }
  return c;
}

void enumerate(std::size_t signals, const std::function<Chain(const Lengths&)>& chain,
               const CaseVisitor& visit) {
  bool go_on = true;
  for (auto total = static_cast<std::int64_t>(signals); go_on && total <= kMaxTotalLength;
       ++total) {
    for (std::int64_t sum = 0; go_on && sum <= total; ++sum) {
      Lengths begun;
      compositions(
          total, signals, begun,
          [&](const Lengths& lengths) {
            const Chain problem = chain(lengths);
            std::vector<int> values(static_cast<std::size_t>(total), 0);
            bool more = true;
            arrays(
                values, 0, sum,
                [&](const std::vector<int>& all) { return visit(case_of(problem, all)); }, more);
            return more;
          },
          go_on);
    }
  }
}

Tensor shaped(const Signal& f) { return reshaped(f.values, {1, 1, f.values.count()}); }

}  // namespace

Signal as_signal(const Tensor& operand) { return {0, reshaped(operand, {operand.count()})}; }

Signal combine(Calls& calls, const Signal& f, const Signal& g, Orientation orientation) {
  const std::int64_t n = f.values.count();
  const std::int64_t k = g.values.count();
  Values values;
  values[Role::kX] = shaped(f);
  values[Role::kW] = shaped(g);
  const Tensor y = calls.exact(full_problem(n, k, orientation), values);
  const bool convolution = orientation == Orientation::kConvolution;
  return {convolution ? f.offset + g.offset : f.offset - g.offset - (k - 1),
          reshaped(y, {y.count()})};
}

Signal reversed(const Signal& f) {
  const std::int64_t n = f.values.count();
  return {-(f.offset + n - 1), gather(f.values, {reversed_map(n)})};
}

void expect_equal(Calls& calls, std::string_view name, const Signal& expected,
                  const Signal& found) {
  const auto end = [](const Signal& f) { return f.offset + f.values.count(); };
  const std::int64_t begin = std::min(expected.offset, found.offset);
  const Shape shape{std::max(end(expected), end(found)) - begin};
  const auto extended = [&](const Signal& f) {
    Tensor t(f.values.type(), shape);
    scatter_add(f.values, {range_map(f.offset - begin, f.values.count())}, t);
    return t;
  };
  calls.expect_equal(name, extended(expected), extended(found), {begin});
}

Chain pair_chain(std::int64_t f, std::int64_t g, Orientation orientation) {
  return full_problem(f, g, orientation);
}

Chain triple_chain(std::int64_t f, std::int64_t g, std::int64_t h, Orientation orientation) {
  return Chain(
      std::vector<Step>{full_problem(f, g, orientation), full_problem(f + g - 1, h, orientation)});
}

bool is_pair(const Chain& chain, Orientation orientation) {
  return chain.is_single() && chain.front().orientation == orientation &&
         is_full_problem(chain.front()) && chain.front().x_extent[2] > 0;
}

bool is_triple(const Chain& chain, Orientation orientation) {
  if (chain.steps.size() != 2 || chain.problems().size() != 2) return false;
  const Axes& f = chain.front().x_extent;
  return f[2] > 0 && chain == triple_chain(f[2], chain.front().w_extent[2],
                                           chain.back().w_extent[2], orientation);
}

Chain draw_pair(Random& random, Orientation orientation) {
  const std::int64_t f = random.between(1, kMaxDrawnLength);
  return pair_chain(f, random.between(1, kMaxDrawnLength), orientation);
}

Chain draw_triple(Random& random, Orientation orientation) {
  const std::int64_t f = random.between(1, kMaxDrawnLength);
  const std::int64_t g = random.between(1, kMaxDrawnLength);
  return triple_chain(f, g, random.between(1, kMaxDrawnLength), orientation);
}

std::pair<Signal, Signal> pair_of(const Case& c) {
  return {as_signal(c.operands[0]), as_signal(c.operands[1])};
}

std::tuple<Signal, Signal, Signal> triple_of(const Case& c) {
  return {as_signal(c.operands[0]), as_signal(c.operands[1]), as_signal(c.operands[2])};
}

Case signal_case(const Chain& chain, std::uint64_t seed) {
  return signal_case_of(chain, plain_operands(chain), seed);
}

Case signal_case_of(const Chain& chain, const LawOperands& operands, std::uint64_t seed) {
  Random random(seed);
  Case c{chain, {}, {}};
  // Seven terms of three factors up to 64 add up below 2^24.
  const IntegerFill fill = IntegerFill::draw(random, 64);
  for (const OperandSpec& spec : operands) c.operands.push_back(fill.tensor(spec, random));
  return c;
}

void enumerate_pairs(Orientation orientation, const CaseVisitor& visit) {
  enumerate(
      2, [&](const Lengths& n) { return pair_chain(n[0], n[1], orientation); }, visit);
}

void enumerate_triples(Orientation orientation, const CaseVisitor& visit) {
  enumerate(
      3, [&](const Lengths& n) { return triple_chain(n[0], n[1], n[2], orientation); }, visit);
}

}  // namespace convcheck::properties
