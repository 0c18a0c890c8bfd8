// SPDX-License-Identifier: Apache-2.0
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  return p.operation == Operation::kConv ||
         (p.operation == Operation::kDeconv && p.padding_mode == PaddingMode::kZeros);
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.wgrad = false;
  return draw_problem(random, space, in_domain);
}

LawOperands operands(const Chain& chain) {
  LawOperands specs = plain_operands(chain);
  std::erase_if(specs, [](const OperandSpec& spec) { return spec.role == Role::kW; });
  return specs;
}

Case make_case(const Chain& chain, std::uint64_t seed) {
  Case c = rounding_case(chain, seed);
  const ConvProblem& p = chain.front();
  c.operands.erase(c.operands.begin() + (p.data_input() == Role::kX ? 1 : 0));
  return c;
}

// In every group, output channel j meets input channel j, at the middle tap.
Tensor kernel(const ConvProblem& p) {
  Tensor w(p.w_type, p.w_shape());
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  const Axes& k = p.w_extent;
  const auto tap = [&](std::size_t a) {
    return p.orientation == Orientation::kConvolution ? k[a] - 1 - k[a] / 2 : k[a] / 2;
  };
  const std::int64_t middle = (tap(0) * k[1] + tap(1)) * k[2] + tap(2);
  for (std::int64_t m = 0; m < p.out_channels; ++m) {
    if (m % out < in) w.set_value((m * in + m % out) * k[0] * k[1] * k[2] + middle, 1);
  }
  return w;
}

// The element of x that each element of y copies.
AxisMaps copied(const ConvProblem& p) {
  AxisMaps maps = identity_maps(p.y_shape());
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  for (std::int64_t m = 0; m < p.out_channels; ++m)
    maps[1][static_cast<std::size_t>(m)] = m % out < in ? m / out * in + m % out : -1;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    for (std::int64_t& o : maps[shape_axis(static_cast<int>(a), p.rank)])
      o = padded_index(o * p.stride[a] + p.w_extent[a] / 2 * p.dilation[a] - p.pad_begin[a],
                       p.x_extent[a], p.padding_mode);
  }
  return maps;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  Values v;
  v[p.data_input()] = c.operands[0];
  v[Role::kW] = kernel(p);
  const Tensor found = calls.run(p, v);
  const AlgorithmClass algorithm = calls.outcome().claim.algorithm;
  if (algorithm != AlgorithmClass::kExact && algorithm != AlgorithmClass::kDirect)
    calls.not_applicable(fmt::format("class {} does not promise it", to_string(algorithm)));
  Tensor expected(found.type(), found.shape());
  if (p.operation == Operation::kDeconv)
    scatter_add(c.operands[0], copied(p), expected);
  else
    expected = gather(c.operands[0], copied(p));
  calls.expect_equal(to_string(p.written()), expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law identity_kernel_law = {
    .id = "identity-kernel",
    .statement = "a kernel with a single 1 copies x, bit for bit",
    .source =
        "definition; 1*v and v + 0 are exact, so only operands that are rounded first can differ",
    .draw = draw,
    .in_domain = in_domain,
    .operands = operands,
    .make_case = make_case,
    .holds = holds,
};

}  // namespace convcheck::properties
