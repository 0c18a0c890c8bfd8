// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/geometry.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tap_counts.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kDeconv && p.padding_mode == PaddingMode::kZeros &&
         element_count(p.y_shape()) > 0;
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.conv = space.wgrad = false;
  space.other_modes = false;
  return draw_problem(random, space, in_domain);
}

LawOperands operands(const Chain& /*chain*/) { return {}; }

Case make_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  return Case{chain, {}, draw_environment(random)};
}

// One past the last place that y reaches, counted by walking through outputs and taps.
std::int64_t reach(const ConvProblem& p, std::size_t a) {
  std::int64_t last = 0;
  for (std::int64_t o = 0; o < p.y_extent[a]; ++o) {
    for (std::int64_t t = 0; t < p.w_extent[a]; ++t)
      last = std::max(last, o * p.stride[a] + t * p.dilation[a]);
  }
  return last + 1;
}

void expect(Calls& calls, std::string_view name, std::int64_t expected, std::int64_t found) {
  calls.expect_equal(name, static_cast<double>(expected), static_cast<double>(found));
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t s = p.stride[a];
    const std::int64_t k = p.effective_kernel()[a];
    const std::int64_t begin = std::max<std::int64_t>(0, p.pad_begin[a]);
    for (std::int64_t end = 0; end < k; ++end) {
      for (std::int64_t extra = 0; extra < std::max(s, p.dilation[a]); ++extra) {
        Axes pad_begin = p.pad_begin;
        Axes pad_end{0, 0, 0};
        Axes output_padding{0, 0, 0};
        pad_begin[a] = begin;
        pad_end[a] = end;
        output_padding[a] = extra;
        const Result<ConvProblem> q = with_output_padding(p, pad_begin, pad_end, output_padding);
        if (!q) continue;  // The padding takes all of it away.
        expect(calls, "x_extent", reach(p, a) - begin - end + extra, q->x_extent[a]);
        const std::int64_t back = output_extent(q->x_extent[a], k, s, begin, end);
        expect(calls, "the convolution of x has the positions of y", extra < s ? 1 : 0,
               back == p.y_extent[a] ? 1 : 0);
        // And there and back from any n: `extra` makes up for what the stride leaves over.
        const std::int64_t n = q->x_extent[a] + extra;
        ConvProblem there = p;
        there.y_extent[a] = output_extent(n, k, s, begin, end);
        if (there.y_extent[a] == 0) continue;
        const Result<ConvProblem> r =
            with_output_padding(there, pad_begin, pad_end, output_padding);
        if (r)
          expect(calls, "x of the way back has the positions of the way there",
                 extra == floor_mod(n + begin + end - k, s) ? 1 : 0, r->x_extent[a] == n ? 1 : 0);
      }
    }
  }
  Values v;
  v[Role::kY] = ones(p.y_type, p.y_shape());
  v[Role::kW] = ones(p.w_type, p.w_shape());
  calls.expect_equal("x", tap_counts(p), calls.exact(p, v));
  return calls.judgement();
}

}  // namespace

extern const Law transposed_size_law = {
    .id = "transposed-size",
    .statement =
        "x has (o - 1) s - p_begin - p_end + k_eff + extra positions; there and back, from y or "
        "from "
        "x, the size is the same iff extra < s, or = (n + p_begin + p_end - k_eff) mod s; for y = "
        "w "
        "= 1 each counts its terms",
    .source = "enumeration of the places that outputs and taps reach",
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
