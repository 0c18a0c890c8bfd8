// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tap_counts.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  return draw_problem(random, space);
}

bool in_domain(const Chain& chain) {
  return is_linear_without_bias(chain) && chain.front().operation == Operation::kConv;
}

LawOperands operands(const Chain& /*chain*/) { return {}; }

Case make_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  return Case{chain, {}, draw_environment(random)};
}

// Windows of k_eff elements, s apart, that lie inside the padded axis.
std::int64_t windows(std::int64_t padded, std::int64_t k_eff, std::int64_t s) {
  std::int64_t count = 0;
  for (std::int64_t begin = 0; begin + k_eff <= padded; begin += s) ++count;
  return count;
}

void expect_extent(Calls& calls, std::string_view name, std::int64_t counted, std::int64_t said) {
  calls.expect_equal(name, static_cast<double>(counted), static_cast<double>(said));
}

// What the floor formula says of any padding at the end, too little for one window included.
void expect_floor_formula(Calls& calls, const ConvProblem& p, std::size_t a) {
  const std::int64_t k = p.effective_kernel()[a];
  for (std::int64_t end = p.pad_end()[a] - k - p.stride[a]; end < p.pad_end()[a] + p.stride[a];
       ++end) {
    const std::int64_t counted = windows(p.x_extent[a] + p.pad_begin[a] + end, k, p.stride[a]);
    expect_extent(calls, "windows", counted,
                  output_extent(p.x_extent[a], k, p.stride[a], p.pad_begin[a], end));
    // What is too little for another window does not change the size.
    if (end >= p.pad_end()[a]) expect_extent(calls, "y_extent", counted, p.y_extent[a]);
  }
}

// Positions of a mode on an axis: the first tap of window o stands at o*s - pad.
std::int64_t positions(SizeMode mode, std::int64_t i, std::int64_t k, std::int64_t s) {
  std::int64_t count = 0;
  switch (mode) {
    case SizeMode::kValid:
      return windows(i, k, s);
    case SizeMode::kFull:  // Every window that reaches into x, from the first one that does.
      for (std::int64_t begin = 1 - k; begin < i; begin += s) ++count;
      return count;
    case SizeMode::kSameUpper:
    case SizeMode::kSameLower:  // One for every s-th element.
      for (std::int64_t begin = 0; begin < i; begin += s) ++count;
      return count;
  }
  return count;
}

void expect_mode(Calls& calls, const ConvProblem& p, SizeMode mode) {
  const Result<ConvProblem> q = with_size_mode(p, mode);
  if (!q) return;  // valid, of a kernel larger than x.
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t k = p.effective_kernel()[a];
    expect_extent(calls, "y_extent of the mode", positions(mode, p.x_extent[a], k, p.stride[a]),
                  q->y_extent[a]);
    if (mode != SizeMode::kSameUpper && mode != SizeMode::kSameLower) continue;
    // The padding is as even as it can be, the odd element at the end or at the begin.
    const std::int64_t odd = q->pad_end()[a] - q->pad_begin[a];
    if (q->pad_begin[a] > 0 || q->pad_end()[a] > 0)
      calls.expect_equal("padding at the end minus that at the begin",
                         mode == SizeMode::kSameUpper ? floor_mod(odd, 2) : -floor_mod(odd, 2),
                         static_cast<double>(odd));
  }
  if (element_count(q->y_shape()) == 0) return;
  Values v;
  v[Role::kX] = ones(p.x_type, q->x_shape());
  v[Role::kW] = ones(p.w_type, q->w_shape());
  calls.expect_equal("y", tap_counts(*q), calls.exact(*q, v));
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    expect_floor_formula(calls, p, a);
  Values v;
  v[Role::kX] = ones(p.x_type, p.x_shape());
  v[Role::kW] = ones(p.w_type, p.w_shape());
  calls.expect_equal("y", tap_counts(p), calls.exact(p, v));
  if (p.padding_mode != PaddingMode::kZeros) return calls.judgement();
  for (const SizeMode mode :
       {SizeMode::kValid, SizeMode::kFull, SizeMode::kSameUpper, SizeMode::kSameLower})
    expect_mode(calls, p, mode);
  return calls.judgement();
}

}  // namespace

extern const Law output_size_law = {
    .id = "output-size",
    .statement =
        "y has floor((i + p_begin + p_end - k_eff) / s) + 1 positions, 0 where the kernel does not "
        "fit, and in full, valid and same what these promise; for x = w = 1 each counts its taps "
        "inside x",
    .source = "enumeration of the windows and of the taps",
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
