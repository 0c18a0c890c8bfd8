// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

const ConvProblem& first_of(const Chain& chain) { return std::get<ConvProblem>(chain.steps[0]); }
std::int64_t shuffle_of(const Chain& chain) { return std::get<Shuffle>(chain.steps[1]).groups; }
const ConvProblem& second_of(const Chain& chain) { return std::get<ConvProblem>(chain.steps[2]); }

bool is_pointwise(const ConvProblem& p) {
  return p.w_extent == Axes{1, 1, 1} && p.stride == Axes{1, 1, 1} && p.pad_begin == Axes{0, 0, 0} &&
         p.x_extent == p.y_extent;
}

// A grouped convolution, a shuffle, a grouped 1x1 convolution.
bool in_domain(const Chain& chain) {
  if (chain.steps.size() != 3 || !std::holds_alternative<Shuffle>(chain.steps[1])) return false;
  const ConvProblem& p = first_of(chain);
  const ConvProblem& q = second_of(chain);
  return is_linear_without_bias(p) && is_linear_without_bias(q) &&
         p.operation == Operation::kConv && q.operation == Operation::kConv && is_pointwise(q);
}

std::int64_t draw_divisor(Random& random, std::int64_t n) {
  for (;;) {
    const std::int64_t d = random.between(1, n);
    if (n % d == 0) return d;
  }
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.channels = Channels::kGrouped;
  space.max_macs = 4000;
  for (;;) {
    const ConvProblem p = draw_problem(random, space);
    ConvProblem q = p;
    q.in_channels = p.out_channels;
    q.groups = draw_divisor(random, p.out_channels);
    q.out_channels = q.groups * random.between(1, 4);
    q.x_extent = p.y_extent;
    q.w_extent = q.stride = q.dilation = {1, 1, 1};
    q.pad_begin = {0, 0, 0};
    q.padding_mode = PaddingMode::kZeros;
    const Shuffle shuffle{draw_divisor(random, p.out_channels)};
    Chain chain(std::vector<Step>{p, shuffle, q});
    if (chain.nominal_macs() < 20000 && validate(chain)) return chain;
  }
}

// The one layer from all channels to all: w[m, c, t] is the sum over the channels k between of
// q[m, k] p[k', c, t], where the shuffle moved k' to k.
Tensor dense_weights(const Chain& chain, const Tensor& w, const Tensor& v) {
  const ConvProblem& p = first_of(chain);
  const ConvProblem& q = second_of(chain);
  ConvProblem dense = p;
  dense.groups = 1;
  dense.out_channels = q.out_channels;
  Tensor result(p.w_type, dense.w_shape());
  const std::int64_t taps = p.w_extent[0] * p.w_extent[1] * p.w_extent[2];
  const std::int64_t p_in = p.in_channels / p.groups;
  const std::int64_t p_out = p.out_channels / p.groups;
  const std::int64_t q_in = q.in_channels / q.groups;
  const std::int64_t q_out = q.out_channels / q.groups;
  const std::int64_t groups = shuffle_of(chain);
  const std::int64_t per_group = q.in_channels / groups;
  for (std::int64_t m = 0; m < q.out_channels; ++m) {
    for (std::int64_t i = 0; i < q_in; ++i) {
      const std::int64_t k = m / q_out * q_in + i;
      const std::int64_t from = k % groups * per_group + k / groups;
      for (std::int64_t c = 0; c < p_in; ++c) {
        for (std::int64_t t = 0; t < taps; ++t) {
          const std::int64_t at = (m * p.in_channels + from / p_out * p_in + c) * taps + t;
          result.set_rounded(
              at, result.value(at) + v.value(m * q_in + i) * w.value((from * p_in + c) * taps + t));
        }
      }
    }
  }
  return result;
}

// Channel g*(C/G) + j moves to j*G + g.
Tensor shuffled(const Tensor& t, std::int64_t groups) {
  AxisMaps maps = identity_maps(t.shape());
  const std::int64_t per_group = t.shape()[1] / groups;
  for (std::int64_t c = 0; c < t.shape()[1]; ++c)
    maps[1][static_cast<std::size_t>(c)] = c % groups * per_group + c / groups;
  return gather(t, maps);
}

// Exact data: their sums, and those of the dense weights, are integers that the types hold.
Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = first_of(c.chain);
  const ConvProblem& q = second_of(c.chain);
  Values v;
  v[Role::kX] = c.operands[0];
  v[Role::kW] = c.operands[1];
  const Tensor between = shuffled(calls.exact(p, v), shuffle_of(c.chain));
  Values second;
  second[Role::kX] = between;
  second[Role::kW] = c.operands[2];
  const Tensor layered = calls.exact(q, second);
  ConvProblem dense = p;
  dense.groups = 1;
  dense.out_channels = q.out_channels;
  v[Role::kW] = dense_weights(c.chain, c.operands[1], c.operands[2]);
  calls.expect_equal("out", Estimate(layered), Estimate(calls.exact(dense, v)));
  return calls.judgement();
}

}  // namespace

extern const Law shuffled_groups_law = {
    .id = "shuffled-groups",
    .statement =
        "a grouped convolution, a channel shuffle and a grouped 1x1 convolution are one dense "
        "layer: w[m, c] = sum over k of v[m, k] u[k', c], the shuffle moving k' to k",
    .source = "Zhang et al. 2018; definition: a shuffle renames the channels between",
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
