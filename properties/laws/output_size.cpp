// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "core/geometry.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from([](Random& random) -> Chain {
    ProblemSpace space;
    space.deconv = space.wgrad = false;
    return draw_problem(random, space);
  });
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

std::int64_t taps_inside(const ConvProblem& p, std::size_t a, std::int64_t o) {
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < p.w_extent[a]; ++t) {
    const std::int64_t i = o * p.stride[a] + t * p.dilation[a] - p.pad_begin[a];
    if (p.padding_mode != PaddingMode::kZeros || (i >= 0 && i < p.x_extent[a])) ++count;
  }
  return count;
}

Tensor ones(ElementType type, Shape shape) {
  Tensor t(type, std::move(shape));
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_value(i, 1);
  return t;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t k = p.effective_kernel()[a];
    // What is too little for another window does not change the size.
    for (std::int64_t spare = 0; spare < p.stride[a]; ++spare) {
      const std::int64_t end = p.pad_end()[a] + spare;
      const std::int64_t formula =
          output_extent(p.x_extent[a], k, p.stride[a], p.pad_begin[a], end);
      const std::int64_t counted = windows(p.x_extent[a] + p.pad_begin[a] + end, k, p.stride[a]);
      calls.expect_equal("windows", static_cast<double>(counted), static_cast<double>(formula));
      calls.expect_equal("y_extent", static_cast<double>(counted),
                         static_cast<double>(p.y_extent[a]));
    }
  }
  Values v;
  v[Role::kX] = ones(p.x_type, p.x_shape());
  v[Role::kW] = ones(p.w_type, p.w_shape());
  const Tensor found = calls.exact(p, v);
  Tensor expected(found.type(), found.shape());
  const Axes& y = p.y_extent;
  for (std::int64_t i = 0; i < expected.count(); ++i) {
    const std::int64_t count = taps_inside(p, 0, i / y[2] / y[1] % y[0]) *
                               taps_inside(p, 1, i / y[2] % y[1]) * taps_inside(p, 2, i % y[2]);
    expected.set_rounded(i, static_cast<double>(count * (p.in_channels / p.groups)));
  }
  calls.expect_equal("y", expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law output_size_law = {
    .id = "output-size",
    .statement =
        "y has floor((i + p_begin + p_end - k_eff) / s) + 1 positions, and for x = w = 1 each "
        "counts its taps inside x",
    .source = "enumeration of the windows and of the taps",
    .chains = chains,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
