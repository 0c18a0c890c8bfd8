// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/separability.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

Separability of_literal(const char* text) {
  const auto kernel = parse_kernel(text);
  EXPECT_TRUE(kernel) << kernel.error().message;
  const auto found = separability(*kernel, static_cast<int>(kernel->shape.size()), 1);
  EXPECT_TRUE(found) << found.error().message;
  return *found;
}

std::size_t exact_rank(const Separability& s) { return s.shown.at(0).factors.rank(); }

TEST(Separability, OfWellKnownKernels) {
  const Separability binomial =
      of_literal("1,4,6,4,1; 4,16,24,16,4; 6,24,36,24,6; 4,16,24,16,4; 1,4,6,4,1");
  EXPECT_EQ(exact_rank(binomial), 1u);
  EXPECT_TRUE(binomial.shown[0].reproduced);
  EXPECT_EQ(binomial.shown[0].factors.rows.entries, (std::vector<Rational>{1, 4, 6, 4, 1}));
  EXPECT_EQ(binomial.shown[0].factors.columns.entries, (std::vector<Rational>{1, 4, 6, 4, 1}));
  EXPECT_EQ(binomial.exact_ranks, (std::map<std::size_t, std::int64_t>{{1, 1}}));
  EXPECT_EQ(exact_rank(of_literal("-1,0,1; -2,0,2; -1,0,1")), 1u);  // Sobel
  EXPECT_EQ(exact_rank(of_literal("0,1,0; 1,-4,1; 0,1,0")), 2u);    // Laplace
  EXPECT_EQ(exact_rank(of_literal("1,0,0; 0,1,0; 0,0,1")), 3u);     // A diagonal blur
  EXPECT_EQ(of_literal("1,4,6,4,1").exact_ranks, (std::map<std::size_t, std::int64_t>{{1, 1}}));
  EXPECT_EQ(of_literal("0,0").exact_ranks, (std::map<std::size_t, std::int64_t>{{0, 1}}));
  EXPECT_TRUE(of_literal("0,0; 0,0").shown.empty());
}

TEST(Separability, IntegersHaveNoTolerance) {
  // Rank 2 by one unit in a million; exact elements are not forgiven.
  const Separability near = of_literal("1000000,1000000; 1000000,1000001");
  EXPECT_EQ(exact_rank(near), 2u);
  EXPECT_EQ(near.shown[0].numerical.tolerance, 0);
  EXPECT_EQ(near.shown[0].numerical.certain, 2u);
  // Nor is the rounding of the decomposition taken for a second term.
  const Separability binomial = of_literal("1,2,1; 2,4,2; 1,2,1");
  EXPECT_EQ(binomial.shown[0].numerical.possible, 1u);
  EXPECT_EQ(binomial.numerical_ranks, (std::map<std::size_t, std::int64_t>{{1, 1}}));
}

TEST(Separability, DecimalsAreTakenAsRounded) {
  // A Gaussian to three decimals: of rank 3 as written, of rank 1 as meant.
  const Separability gauss = of_literal("0.011,0.084,0.011; 0.084,0.619,0.084; 0.011,0.084,0.011");
  EXPECT_EQ(exact_rank(gauss), 2u);
  EXPECT_EQ(gauss.shown[0].numerical.certain, 1u);
  EXPECT_EQ(gauss.shown[0].numerical.possible, 1u);
  EXPECT_NEAR(gauss.shown[0].numerical.tolerance, 0.0005 * 3, 1e-12);
  EXPECT_EQ(gauss.undecided, 0);
}

Tensor tensor_of(const Shape& shape, const std::vector<double>& values) {
  Tensor tensor(ElementType::kF32, shape);
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.set_rounded(static_cast<std::int64_t>(i), values[i]);
  return tensor;
}

Separability of_weights(const Tensor& tensor, int rank, std::int64_t groups = 1) {
  const auto kernel = exact_kernel(tensor, 0, "w");
  EXPECT_TRUE(kernel);
  const auto found = separability(*kernel, rank, groups);
  EXPECT_TRUE(found) << found.error().message;
  return *found;
}

TEST(Separability, RoundedProductsAreOfNumericalRankOne) {
  Random random(1);
  std::int64_t exactly_one = 0;
  for (int i = 0; i < 50; ++i) {
    std::vector<double> u(5);
    std::vector<double> v(5);
    for (double& a : u) a = random.normal();
    for (double& a : v) a = random.normal();
    std::vector<double> taps;
    for (const double a : u)
      for (const double b : v) taps.push_back(a * b);
    const Separability found = of_weights(tensor_of({1, 1, 5, 5}, taps), 2);
    // No rounding may be taken for a second term; that is what the tolerance is derived for.
    EXPECT_EQ(found.shown[0].numerical.certain, 1u);
    EXPECT_EQ(found.numerical_ranks, (std::map<std::size_t, std::int64_t>{{1, 1}}));
    exactly_one += exact_rank(found) == 1 ? 1 : 0;
  }
  EXPECT_EQ(exactly_one, 0);  // Rounding spoils every one of them exactly.
}

TEST(Separability, ASecondTermAboveTheToleranceIsCertain) {
  // Rank 1 plus 2^-18 of something else: far above 24 bits, far below what one sees.
  std::vector<double> taps;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) taps.push_back(1 + (i == j ? 0x1p-18 : 0));
  const Separability found = of_weights(tensor_of({1, 1, 3, 3}, taps), 2);
  EXPECT_EQ(found.shown[0].numerical.certain, 3u);
  EXPECT_EQ(exact_rank(found), 3u);
}

TEST(Separability, OfThreeAxesIsTheRankOfTheUnfoldings) {
  std::vector<double> product;
  for (const int a : {1, 2})
    for (const int b : {1, 2, 1})
      for (const int c : {1, 0, -1}) product.push_back(a * b * c);
  const Separability found = of_weights(tensor_of({1, 1, 2, 3, 3}, product), 3);
  EXPECT_EQ(found.exact_ranks, (std::map<std::size_t, std::int64_t>{{1, 1}}));
  ASSERT_EQ(found.shown.size(), 3u);
  for (const MatrixRank& m : found.shown) EXPECT_TRUE(m.reproduced);
  // Every slice along d a product, the whole none.
  product[9] = 5;
  const Separability other = of_weights(tensor_of({1, 1, 2, 3, 3}, product), 3);
  EXPECT_EQ(other.exact_ranks.begin()->first, 2u);
}

// Brute force over small integers: is there a column u and a row v of which m is the product?
bool product_exists(const std::vector<int>& m) {
  for (int a = -2; a <= 2; ++a)
    for (int b = -2; b <= 2; ++b)
      for (int c = -2; c <= 2; ++c)
        for (int d = -2; d <= 2; ++d) {
          if (a * c == m[0] && a * d == m[1] && b * c == m[2] && b * d == m[3]) return true;
        }
  return false;
}

TEST(Separability, RankOneIsTheExistenceOfFactors) {
  for (int n = 0; n < 81; ++n) {
    std::vector<int> m;
    for (int digits = n, i = 0; i < 4; ++i, digits /= 3) m.push_back(digits % 3 - 1);
    std::vector<double> taps(m.begin(), m.end());
    const Separability found = of_weights(tensor_of({1, 1, 2, 2}, taps), 2);
    EXPECT_EQ(found.exact_ranks.begin()->first <= 1, product_exists(m)) << n;
  }
}

TEST(Separability, FlattenedFiltersAreProductsOverChannelsToo) {
  // Two filters of two channels and three taps: a product, and one that is none.
  const Separability found =
      of_weights(tensor_of({2, 2, 3}, {1, 2, 1, 3, 6, 3, 1, 2, 1, 3, 6, 4}), 1);
  EXPECT_EQ(found.flattened_filters, 1);
  EXPECT_EQ(found.filters, 2);
}

TEST(Separability, DepthwiseMultiplierIsTheRankOverFilters) {
  // For channel 0 both filters are multiples of (1, 2, 1); for channel 1 they are not.
  const Tensor weights = tensor_of({2, 2, 3}, {1, 2, 1, 1, 0, 0, 2, 4, 2, 0, 1, 0});
  EXPECT_EQ(of_weights(weights, 1).depthwise_multiplier, 2u);
  const Tensor factored = tensor_of({2, 2, 3}, {1, 2, 1, 1, 0, 0, 2, 4, 2, 5, 0, 0});
  EXPECT_EQ(of_weights(factored, 1).depthwise_multiplier, 1u);
  // M = 2, C = 1, [1, 0] and [0, 1]: no depthwise convolution, then 1x1.
  EXPECT_EQ(of_weights(tensor_of({2, 1, 2}, {1, 0, 0, 1}), 1).depthwise_multiplier, 2u);
  // Grouped: filters of one group only.
  EXPECT_EQ(of_weights(tensor_of({4, 1, 2}, {1, 0, 2, 0, 0, 1, 0, 3}), 1, 2).depthwise_multiplier,
            1u);
  // A depthwise layer is its own.
  EXPECT_FALSE(of_weights(tensor_of({2, 1, 2}, {1, 0, 0, 1}), 1, 2).depthwise_multiplier);
}

TEST(Separability, OtherShapesAreRefused) {
  const auto kernel = parse_kernel("1,2,1");
  const auto refused = separability(*kernel, 2, 1);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("[3]"), std::string::npos);
}

}  // namespace
}  // namespace convcheck::properties
