// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <numeric>

#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/modular.hpp"

namespace convcheck::properties {
namespace {

// On Z/N along every axis, one channel: what the definition of the circular products asks for.
bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  if (p.operation != Operation::kConv || p.padding_mode != PaddingMode::kCircular ||
      p.in_channels != 1 || p.out_channels != 1 || p.batch != 1)
    return false;
  const bool flips = p.orientation == Orientation::kConvolution;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    if (p.x_extent[a] != p.w_extent[a] || p.x_extent[a] != p.y_extent[a] || p.stride[a] != 1 ||
        p.dilation[a] != 1 || p.pad_begin[a] != (flips ? p.w_extent[a] - 1 : 0))
      return false;
  }
  return true;
}

Chain draw(Random& random) {
  ConvProblem p;
  p.rank = static_cast<int>(random.between(1, 3));
  p.padding_mode = PaddingMode::kCircular;
  if (random.below(2) == 0) p.orientation = Orientation::kConvolution;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const std::int64_t n = random.between(1, p.rank == 1 ? 12 : 5);
    p.x_extent[a] = p.w_extent[a] = p.y_extent[a] = n;
    if (p.orientation == Orientation::kConvolution) p.pad_begin[a] = n - 1;
  }
  return p;
}

// The sum of v[n] r^(f . n), r_a an N_a-th root of unity for every axis.
std::uint64_t transform(const PrimeField& field, const std::array<std::uint64_t, 3>& roots,
                        const ConvProblem& p, const Axes& f, const Tensor& v) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < v.count(); ++i) {
    std::uint64_t term = field.from(v.value(i));
    std::int64_t rest = i;
    for (std::size_t a = 3; a-- > 0; rest /= p.x_extent[a]) {
      const std::int64_t n = rest % p.x_extent[a];
      term = field.multiply(term, field.power(roots[a], static_cast<std::uint64_t>(f[a] * n)));
    }
    sum = field.add(sum, term);
  }
  return sum;
}

Judgement holds(Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const ConvProblem& p = c.chain.front();
  const Values v = values_of(c);
  const Tensor y = calls.exact(p, v);
  if (!calls.decided()) calls.expect_equal("integers of y", in_integers(y), y);
  if (calls.decided()) return calls.judgement();
  std::uint64_t order = 1;
  for (const std::int64_t n : p.x_extent) order = std::lcm(order, static_cast<std::uint64_t>(n));
  const PrimeField field = field_with_roots(order);
  std::array<std::uint64_t, 3> roots{};
  for (std::size_t a = 0; a < 3; ++a)
    roots[a] = root_of_unity(field, static_cast<std::uint64_t>(p.x_extent[a]));
  Tensor expected(ElementType::kF64, p.y_shape());
  Tensor found(ElementType::kF64, p.y_shape());
  for (std::int64_t i = 0; i < y.count(); ++i) {
    Axes f{};
    Axes mirror{};
    std::int64_t rest = i;
    for (std::size_t a = 3; a-- > 0; rest /= p.x_extent[a]) {
      f[a] = rest % p.x_extent[a];
      mirror[a] = (p.x_extent[a] - f[a]) % p.x_extent[a];
    }
    const bool flips = p.orientation == Orientation::kConvolution;
    const std::uint64_t w = transform(field, roots, p, flips ? f : mirror, v[Role::kW].tensor());
    const std::uint64_t x = transform(field, roots, p, f, v[Role::kX].tensor());
    expected.set_value(i, static_cast<double>(field.multiply(x, w)));
    found.set_value(i, static_cast<double>(transform(field, roots, p, f, y)));
  }
  calls.expect_equal("transform of y", expected, found);
  return calls.judgement();
}

}  // namespace

extern const Law circular_transform_law = {
    .id = "circular-transform",
    .statement =
        "the discrete Fourier transform of a circular convolution is the product of the "
        "transforms, "
        "exactly, over a prime field; for cross-correlation w's is taken at minus the frequency",
    .source = "Pollard 1971; lemma circle: a ring homomorphism for every N-th root of unity",
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
