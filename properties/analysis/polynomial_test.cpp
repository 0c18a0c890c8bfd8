// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/polynomial.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

using Kernel = std::vector<Rational>;

Kernel convolved(const Kernel& a, const Kernel& b) {
  Kernel c(a.size() + b.size() - 1, Rational(0));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) c[i + j] += a[i] * b[j];
  return c;
}

Kernel rebuilt(const Cascade& cascade) {
  Kernel kernel(static_cast<std::size_t>(cascade.zeros) + 1, Rational(0));
  kernel.back() = cascade.scale;
  for (const LinearFactor& factor : cascade.factors)
    for (std::int64_t i = 0; i < factor.power; ++i)
      kernel = convolved(kernel, {Rational(factor.taps[0]), Rational(factor.taps[1])});
  return convolved(kernel, Kernel(cascade.rest.begin(), cascade.rest.end()));
}

std::string text_of(const Kernel& kernel) {
  const auto found = cascade(kernel);
  return found ? to_text(*found) : "none";
}

TEST(Cascade, OfWellKnownKernels) {
  EXPECT_EQ(text_of({1, 4, 6, 4, 1}), "(1 + z)^4");
  EXPECT_EQ(
      text_of({Rational(1, 16), Rational(1, 4), Rational(3, 8), Rational(1, 4), Rational(1, 16)}),
      "1/16 (1 + z)^4");
  EXPECT_EQ(text_of({-1, 0, 1}), "-1 (1 + z) (1 - z)");
  EXPECT_EQ(text_of({1, 1, 1}), "(1 + z + z^2)");
  EXPECT_EQ(text_of({0, 0, 2, 3, 1}), "z^2 (1 + z) (2 + z)");
  EXPECT_EQ(text_of({5}), "5");
  EXPECT_EQ(text_of({1}), "1");
  EXPECT_EQ(text_of({0, 0}), "none");
  EXPECT_EQ(text_of({1000001, 1}), "none");
  EXPECT_EQ(text_of(Kernel(65, Rational(1))), "none");
}

// Whether p has a root a/b with |a|, |b| <= 30: b^n p(a/b) by Horner, in integers.
bool has_small_root(const std::vector<Integer>& p) {
  for (std::int64_t a = -30; a <= 30; ++a)
    for (std::int64_t b = 1; b <= 30; ++b) {
      std::int64_t value = 0;
      std::int64_t power = 1;
      for (std::size_t i = p.size(); i-- > 0; power *= b)
        value = value * a + static_cast<std::int64_t>(p[i]) * power;
      if (value == 0) return true;
    }
  return false;
}

TEST(Cascade, OfEverySmallKernelRebuildsItAndLeavesNoRoot) {
  std::int64_t split = 0;
  for (int n = 0; n < 7 * 7 * 7 * 7; ++n) {
    Kernel kernel;
    for (int digits = n, i = 0; i < 4; ++i, digits /= 7) kernel.emplace_back(digits % 7 - 3);
    const auto found = cascade(kernel);
    if (!found) {
      ASSERT_EQ(kernel, Kernel(4, Rational(0)));
      continue;
    }
    Kernel again = rebuilt(*found);
    again.resize(4, Rational(0));
    ASSERT_EQ(again, kernel);
    if (found->rest.size() > 1) {
      ASSERT_FALSE(has_small_root(found->rest)) << to_text(*found);
    }
    split += found->factors.empty() ? 0 : 1;
  }
  EXPECT_GT(split, 500);
}

TEST(Cascade, FindsTheFactorsThatWereMultiplied) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    Kernel kernel{1};
    const std::int64_t passes = random.between(1, 5);
    for (std::int64_t k = 0; k < passes; ++k)
      kernel =
          convolved(kernel, {Rational(random.between(1, 5)), Rational(random.between(1, 9) - 5)});
    const auto found = cascade(kernel);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->rest.size(), 1u) << to_text(*found);
    Kernel again = rebuilt(*found);
    again.resize(kernel.size(), Rational(0));
    EXPECT_EQ(again, kernel);
  }
}

}  // namespace
}  // namespace convcheck::properties
