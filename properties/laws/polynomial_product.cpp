// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"
#include "properties/modular.hpp"

namespace convcheck::properties {
namespace {

constexpr int kPoints = 4;  // The first one is 1: the identity of the sums.

bool in_domain(const Chain& chain) {
  if (!is_linear_without_bias(chain)) return false;
  const ConvProblem& p = chain.front();
  if (p.operation != Operation::kConv || p.padding_mode != PaddingMode::kZeros) return false;
  const Result<ConvProblem> full = with_size_mode(p, SizeMode::kFull);
  return full && *full == p && p.stride == Axes{1, 1, 1};
}

Chain draw(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = space.other_modes = false;
  space.max_stride = 1;
  for (;;) {
    const Result<ConvProblem> p = with_size_mode(draw_problem(random, space), SizeMode::kFull);
    if (p && p->nominal_macs() < 100000) return *p;
  }
}

using Point = std::array<std::uint64_t, 3>;

// The polynomial of image `image` at the point; the exponent of index n on axis a is exponent(a,
// n).
template <typename Exponent>
std::uint64_t evaluate(const PrimeField& field, const Point& point, const Tensor& t,
                       std::int64_t image, const Axes& extent, const Exponent& exponent) {
  const std::int64_t count = extent[0] * extent[1] * extent[2];
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint64_t term = field.from(t.value(image * count + i));
    std::int64_t rest = i;
    for (std::size_t a = 3; a-- > 0; rest /= extent[a])
      term = field.multiply(
          term, field.power(point[a], static_cast<std::uint64_t>(exponent(a, rest % extent[a]))));
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
  const PrimeField field(kMersenne31);
  const bool flips = p.orientation == Orientation::kConvolution;
  const auto index = [](std::size_t /*a*/, std::int64_t n) { return n; };
  // Output o holds z^o of conv's product, or of corr's times z^(k_eff - 1).
  const auto tap = [&](std::size_t a, std::int64_t t) {
    return flips ? t * p.dilation[a] : p.effective_kernel()[a] - 1 - t * p.dilation[a];
  };
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  Random random(stable_hash(to_string(p)));
  for (int i = 0; i < kPoints; ++i) {
    Point point{1, 1, 1};
    for (std::size_t a = 0; a < 3 && i > 0; ++a)
      point[a] = static_cast<std::uint64_t>(random.between(2, kMersenne31 - 2));
    Tensor expected(ElementType::kF64, {p.batch, p.out_channels});
    Tensor found = expected;
    for (std::int64_t n = 0; n < p.batch; ++n) {
      for (std::int64_t m = 0; m < p.out_channels; ++m) {
        std::uint64_t sum = 0;
        for (std::int64_t k = 0; k < in; ++k) {
          const std::uint64_t x = evaluate(field, point, v[Role::kX].tensor(),
                                           n * p.in_channels + m / out * in + k, p.x_extent, index);
          const std::uint64_t w =
              evaluate(field, point, v[Role::kW].tensor(), m * in + k, p.w_extent, tap);
          sum = field.add(sum, field.multiply(x, w));
        }
        const std::int64_t at = n * p.out_channels + m;
        expected.set_value(at, static_cast<double>(sum));
        found.set_value(at, static_cast<double>(evaluate(field, point, y, at, p.y_extent, index)));
      }
    }
    calls.expect_equal(i == 0 ? "sum of y" : "y at a point", expected, found);
  }
  return calls.judgement();
}

}  // namespace

extern const Law polynomial_product_law = {
    .id = "polynomial-product",
    .statement =
        "full convolution multiplies polynomials: Y(a) = X(a) W(a) modulo 2^31 - 1 at a = 1, which "
        "says sum y = sum x sum w, and at three other points; corr has W(1/a)",
    .source =
        "Schwartz 1980, Zippel 1979: a wrong y passes a random point with probability at most "
        "degree / 2^31",
    .draw = draw,
    .in_domain = in_domain,
    .operands = plain_operands,
    .make_case = exact_case,
    .holds = holds,
};

}  // namespace convcheck::properties
