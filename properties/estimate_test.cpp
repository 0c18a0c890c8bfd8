// SPDX-License-Identifier: Apache-2.0
// Errors are carried: whatever the operations round, the exact value stays within them.
#include "properties/estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

// Multiples of 2^-20 below 4: sums of products of two and more of them are exact in long double.
Tensor dyadic(Random& random, Shape shape) {
  Tensor t(ElementType::kF32, std::move(shape));
  for (std::int64_t i = 0; i < t.count(); ++i)
    t.set_value(i, std::ldexp(static_cast<double>(random.between(-(1 << 22), 1 << 22)), -20));
  return t;
}

std::vector<long double> exact_values(const Tensor& t) {
  std::vector<long double> list;
  for (std::int64_t i = 0; i < t.count(); ++i) list.push_back(t.value(i));
  return list;
}

// Whether every exact value is within the error; counts those that the value alone is not.
void expect_within(const Estimate& found, const std::vector<long double>& exact, int& inexact) {
  ASSERT_EQ(static_cast<std::size_t>(found.count()), exact.size());
  for (std::int64_t i = 0; i < found.count(); ++i) {
    const long double e = exact[static_cast<std::size_t>(i)];
    EXPECT_LE(std::fabs(found.value(i) - e), static_cast<long double>(found.error(i)));
    if (found.value(i) != e) ++inexact;
    // At most a few roundings of f32.
    EXPECT_LE(found.error(i), 0x1p-18 * (1 + std::fabs(static_cast<double>(e))));
  }
}

TEST(Estimate, KeepsTheExactValueWithinItsErrors) {
  Random random(1);
  int inexact = 0;
  for (int i = 0; i < 500; ++i) {
    const Tensor a = dyadic(random, {3});
    const Tensor b = dyadic(random, {3});
    const std::vector<long double> x = exact_values(a);
    const std::vector<long double> y = exact_values(b);
    const Estimate s = sum(a, b);
    const Estimate p = product(a, b);
    const Estimate t = scaled(p, 3);
    std::vector<long double> es, ep, et, dot(1, 0);
    for (std::size_t k = 0; k < 3; ++k) {
      es.push_back(x[k] + y[k]);
      ep.push_back(x[k] * y[k]);
      et.push_back(3 * ep[k]);
      dot[0] += ep[k];
    }
    expect_within(s, es, inexact);
    expect_within(p, ep, inexact);
    expect_within(t, et, inexact);
    expect_within(inner_product(a, b), dot, inexact);
    // Of what already has an error.
    std::vector<long double> squares;
    for (std::size_t k = 0; k < 3; ++k) squares.push_back((x[k] + y[k]) * y[k]);
    expect_within(product(s, b), squares, inexact);
    Estimate scattered = b;
    scatter_add(p, {{2, -1, 2}}, scattered);
    expect_within(scattered, {y[0], y[1], y[2] + ep[0] + ep[2]}, inexact);
  }
  EXPECT_GT(inexact, 2000);
}

TEST(Estimate, ExactResultsHaveNoError) {
  Tensor a(ElementType::kF32, {2});
  a.set_value(0, 3);
  a.set_value(1, 1 << 20);
  EXPECT_TRUE(sum(a, a).exact());
  EXPECT_TRUE(scaled(a, 3).exact());
  EXPECT_TRUE(product(a, gather(Estimate(a), {{1, 0}})).exact());
  EXPECT_TRUE(inner_product(a, a).exact());
  EXPECT_EQ(sum(a, a).value(0), 6);
  EXPECT_EQ(scaled(a, -3).value(0), -9);
  EXPECT_EQ(inner_product(a, gather(Estimate(a), {{-1, 0}})).value(0), 3 << 20);
  EXPECT_FALSE(product(sum(a, a), scaled(a, 0x1.000002p0)).exact());
}

TEST(Estimate, ErrorsGoWhereTheElementsGo) {
  Tensor t(ElementType::kF32, {3});
  for (std::int64_t i = 0; i < 3; ++i) t.set_value(i, static_cast<double>(i));
  const Estimate e(t, {0.5, 0, 0.25});
  const Estimate moved = gather(e, {{2, -1, 0, 0}});
  EXPECT_EQ(moved.error(0), 0.25);
  EXPECT_EQ(moved.error(1), 0);
  EXPECT_EQ(moved.error(3), 0.5);
  EXPECT_EQ(reshaped(e, {1, 3}).error(2), 0.25);
  EXPECT_EQ(outer_product(e, Estimate(t)).shape(), (Shape{3, 3}));
  EXPECT_GE(outer_product(e, Estimate(t)).error(2), 1);  // 2 * 0.5
  EXPECT_TRUE(Estimate(t, {0, 0, 0}).exact());
}

}  // namespace
}  // namespace convcheck::properties
