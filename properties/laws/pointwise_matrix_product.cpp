// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "properties/calls.hpp"
#include "properties/channel_groups.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

rc::Gen<Chain> chains() {
  return chains_from([](Random& random) -> Chain {
    ProblemSpace space;
    space.bias = true;
    space.max_kernel = space.max_stride = 1;
    space.max_padding = 0;
    space.negative_padding = false;
    return draw_problem(random, space);
  });
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
Tensor product(const ConvProblem& p, const Values& v) {
  const Role written = p.written();
  Tensor result(p.type(written), p.shape(written));
  std::vector<double> sums(static_cast<std::size_t>(result.count()), 0);
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
          if (written == Role::kX)
            sums[static_cast<std::size_t>(x)] += v[Role::kW].value(w) * v[Role::kY].value(y);
          if (written == Role::kW)
            sums[static_cast<std::size_t>(w)] += v[Role::kX].value(x) * v[Role::kY].value(y);
          if (written == Role::kY)
            sums[static_cast<std::size_t>(y)] += v[Role::kX].value(x) * v[Role::kW].value(w);
        }
      }
    }
  }
  for (std::int64_t i = 0; i < result.count(); ++i)
    result.set_rounded(i, sums[static_cast<std::size_t>(i)]);
  return p.has_bias ? with_bias(result, v[Role::kBias]) : result;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Tensor found = calls.exact(p, v);
  if (!calls.decided()) calls.expect_equal(to_string(p.written()), product(p, v), found);
  return calls.judgement();
}

}  // namespace

extern const Law pointwise_matrix_product_law = {
    .id = "pointwise-matrix-product",
    .statement = "a 1x1 convolution is a product of matrices over the channels",
    .source = "Lin et al. 2014; definition with one tap",
    .chains = chains,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
