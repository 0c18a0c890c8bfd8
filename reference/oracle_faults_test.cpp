// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cfenv>
#include <iostream>

#include "reference/planted_faults.hpp"
#include "reference/solve_with_faults.hpp"
#include "reference/test_support.hpp"
#include "reference/vectors/candidates.hpp"

namespace convcheck::reference {
namespace {

// One output that sums the products first[i] * second[i], in that order.
struct Vector {
  const char* name;
  ConvProblem problem;
  std::vector<Tensor> operands;
};

Tensor tensor(Shape shape, const std::vector<float>& values) {
  Tensor t(ElementType::kF32, std::move(shape));
  std::copy(values.begin(), values.end(), t.values<float>().begin());
  return t;
}

using Products = std::vector<std::pair<float, float>>;

Vector dot(const char* name, const Products& products, bool bias = false, float bias_value = 0) {
  const auto n = static_cast<std::int64_t>(products.size());
  std::vector<float> x;
  std::vector<float> w;
  for (const auto& [a, b] : products) {
    x.push_back(a);
    w.push_back(b);
  }
  Vector v{name, {}, {tensor({1, 1, n}, x), tensor({1, 1, n}, w)}};
  v.problem.rank = 1;
  v.problem.x_extent[2] = v.problem.w_extent[2] = n;
  v.problem.has_bias = bias;
  if (bias) v.operands.push_back(tensor({1}, {bias_value}));
  return v;
}

// The same sum over the positions of a weight gradient.
Vector as_wgrad(const char* name, Vector v) {
  const std::int64_t n = v.problem.x_extent[2];
  v.name = name;
  v.problem.operation = Operation::kWgrad;
  v.problem.y_extent[2] = n;
  v.problem.w_extent[2] = 1;
  v.operands[1] = tensor(
      {1, 1, n}, {v.operands[1].values<float>().begin(), v.operands[1].values<float>().end()});
  return v;
}

// 1 + 2^-24, half way between two f32, as one product.
constexpr std::pair<float, float> kTie{24929 * 0x1p-12F, 673 * 0x1p-12F};

// Sums whose f64 error attains the bound: u = 2^-53 is added to an even number just above 1 and
// lost every time, in the first block of depth 126 times and then once a block. The exact sum is
// above the tie; `below` ulps of f64 keep the f64 sum below it.
Products losing(std::int64_t blocks, std::int64_t below) {
  constexpr std::pair<float, float> kLost{0x1p-26F, 0x1p-27F};
  Products products{kTie, {static_cast<float>(below), -0x1p-52F}};
  products.resize(kDepthBlock, kLost);
  for (std::int64_t block = 1; block < blocks; ++block) {
    products.push_back(kLost);
    products.resize(products.size() + kDepthBlock - 1, {0, 1});
  }
  return products;
}

std::vector<Vector> vectors() {
  std::vector<Vector> list;
  list.push_back(dot("error-attains-the-bound", losing(1, 62)));
  list.push_back(dot("error-attains-the-bound-of-many-blocks", losing(401, 262)));
  list.push_back(as_wgrad("error-attains-the-bound-wgrad", dot("", losing(1, 62))));
  list.push_back(dot("large-terms-cancel", {{0x1p40F, 0x1p40F}, {1, 1}, {0x1p40F, -0x1p40F}}));
  list.push_back(dot("tie-beside-large-terms", {{0x1p40F, 0x1p40F}, kTie, {0x1p40F, -0x1p40F}}));
  list.push_back(dot("just-above-a-tie",
                     {{0x1p40F, 0x1p40F}, kTie, {0x1p40F, -0x1p40F}, {0x1p-60F, 0x1p-60F}}));
  list.push_back(dot("one-before-large-terms", {{1, 1}, {0x1p40F, 0x1p40F}, {0x1p40F, -0x1p40F}}));
  // 2^29 goes to the second bin, where what is below its last place is lost.
  list.push_back(dot("two-bins-lose-bits", {{0x1p40F, 0x1p40F},
                                            {0x1p29F, 1},
                                            kTie,
                                            {0x1p-20F, 0x1p-20F},
                                            {0x1p29F, -1},
                                            {0x1p40F, -0x1p40F}}));
  list.push_back(dot("subnormal-operand", {{0x1p-149F, 0x1p40F}}));
  list.push_back(dot("just-above-a-tie-of-bf16", {{1, 1}, {1, 0x1p-8F}, {1, 0x1p-60F}}));
  list.back().problem.y_type = ElementType::kBf16;
  list.push_back(dot("bias-breaks-a-tie", {kTie}, true, 0x1p-60F));
  list.push_back(dot("positive-rounds-to-zero",
                     {{0x1p-80F, 0x1p-80F}, {0x1p-80F, -0x1p-80F}, {0x1p-115F, 0x1p-115F}}));
  Vector padding{"infinite-weight-on-padding", {}, {tensor({1, 1, 2}, {1, 2})}};
  padding.problem.rank = 1;
  padding.problem.x_extent[2] = 2;
  padding.problem.w_extent[2] = 3;
  padding.problem.y_extent[2] = 2;  // The first output meets the weight in the padding.
  padding.problem.pad_begin[2] = 1;
  padding.operands.push_back(tensor({1, 1, 3}, {std::numeric_limits<float>::infinity(), 1, 1}));
  list.push_back(std::move(padding));
  using enum ElementType;
  const auto shifted = dot_candidate(Operation::kConv, {kU8, kS8, kS32},
                                     {"", {{3, 5}, {9, -2}}, std::nullopt, 7, 0});
  list.push_back({"zero-point", shifted->problem, shifted->operands});
  return list;
}

bool answers_right(const Vector& v, const Faults& faults) {
  const auto result = solve_with_faults(v.problem, v.operands, {}, faults);
  EXPECT_TRUE(result) << result.error().message;
  if (!result) return false;
  return same_bits(result->value.value(0), defined(v.problem, v.operands)[0]);
}

// The rule that a changed environment is refused, as one more vector.
bool refuses_upward_rounding(const Faults& faults) {
  const Vector v = dot("", {{1, 1}});
  std::fesetround(FE_UPWARD);
  const auto result = solve_with_faults(v.problem, v.operands, {}, faults);
  std::fesetround(FE_TONEAREST);
  return !result && result.error().code == ErrorCode::kBadInput;
}

TEST(OracleFaults, TheRightOraclePassesEveryVector) {
  for (const Vector& v : vectors()) EXPECT_TRUE(answers_right(v, {})) << v.name;
  EXPECT_TRUE(refuses_upward_rounding({}));
}

TEST(OracleFaults, EveryPlantedFaultIsKilled) {
  const std::vector<Vector> list = vectors();
  std::vector<int> kills(list.size() + 1);
  for (const PlantedFault& fault : planted_faults()) {
    std::string killers;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (answers_right(list[i], fault.faults)) continue;
      killers += std::string(" ") + list[i].name;
      ++kills[i];
    }
    if (!refuses_upward_rounding(fault.faults)) {
      killers += " rounding-upward";
      ++kills.back();
    }
    EXPECT_FALSE(killers.empty()) << fault.name << " survives";
    std::cout << fault.name << ":" << killers << "\n";
  }
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_GT(kills[i], 0) << list[i].name;
  EXPECT_GT(kills.back(), 0);
}

}  // namespace
}  // namespace convcheck::reference
