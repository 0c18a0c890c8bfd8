// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <cmath>

#include "properties/bounds.hpp"
#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/round_up.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

Chain draw(Random& random) {
  ProblemSpace space;
  space.bias = true;
  space.max_kernel = space.max_stride = 1;
  space.max_padding = 0;
  space.negative_padding = false;
  return draw_problem(random, space);
}

bool in_domain(const Chain& chain) {
  if (!is_linear(chain)) return false;
  const ConvProblem& p = chain.front();
  const Axes ones{1, 1, 1};
  return p.w_extent == ones && p.stride == ones && p.pad_begin == Axes{0, 0, 0} &&
         p.x_extent == p.y_extent;
}

// For every group a sum of w[m, c] x[n, c, i] over c, of w[m, c] y[n, m, i] over m, or of
// x[n, c, i] y[n, m, i] over n and i.
Estimate product(const ConvProblem& p, const Values& v) {
  const Role written = p.written();
  Tensor result(p.type(written), p.shape(written));
  std::vector<double> sums(static_cast<std::size_t>(result.count()), 0);
  std::vector<double> errors = sums;  // First the sums of magnitudes.
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  const std::int64_t positions = p.x_extent[0] * p.x_extent[1] * p.x_extent[2];
  for (std::int64_t n = 0; n < p.batch; ++n) {
    for (std::int64_t m = 0; m < p.out_channels; ++m) {
      for (std::int64_t c = 0; c < in; ++c) {
        for (std::int64_t i = 0; i < positions; ++i) {
          const std::int64_t x = (n * p.in_channels + m / out * in + c) * positions + i;
          const std::int64_t w = m * in + c;
          const std::int64_t y = (n * p.out_channels + m) * positions + i;
          const auto add = [&](std::int64_t to, double a, double b) {
            sums[static_cast<std::size_t>(to)] += a * b;
            errors[static_cast<std::size_t>(to)] += std::fabs(a * b);
          };
          if (written == Role::kX) add(x, v[Role::kW].value(w), v[Role::kY].value(y));
          if (written == Role::kW) add(w, v[Role::kX].value(x), v[Role::kY].value(y));
          if (written == Role::kY) add(y, v[Role::kX].value(x), v[Role::kW].value(w));
        }
      }
    }
  }
  // Two roundings a term of the sum, and of its magnitude; none of exact sums.
  const double relative =
      sums_exactly(p, v) ? 0 : 2 * gamma_up(2 * static_cast<double>(p.term_count()), 0x1p-53);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    result.set_rounded(at, sums[i]);
    const double stored =
        result.value(at) == sums[i] ? 0 : half_ulp(result.value(at), result.type());
    errors[i] = add_up(mul_up(errors[i], relative), stored);
  }
  const Estimate bare(std::move(result), std::move(errors));
  return p.has_bias ? with_bias(bare, v[Role::kBias]) : bare;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Estimate found = calls.apply(p, v);
  if (!calls.decided()) calls.expect_equal(to_string(p.written()), product(p, v), found);
  return calls.judgement();
}

}  // namespace

extern const Law pointwise_matrix_product_law = {
    .id = "pointwise-matrix-product",
    .statement = "a 1x1 convolution is a product of matrices over the channels",
    .source = "Lin et al. 2014; definition with one tap",
    .rounding = true,
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
