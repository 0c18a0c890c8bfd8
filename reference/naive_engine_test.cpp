// SPDX-License-Identifier: Apache-2.0
#include "reference/naive_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/test_problems.hpp"
#include "reference/test_support.hpp"

namespace convcheck::reference {
namespace {

std::vector<float> run_naive(const ConvProblem& p, std::vector<Tensor> operands, int threads) {
  const auto engine = make_naive_engine();
  auto plan = engine->prepare(p, {.threads = threads});
  EXPECT_TRUE(plan) << plan.error().message;
  Tensor out(ElementType::kF32, p.shape(p.written()));
  for (float& v : out.values<float>()) v = std::numeric_limits<float>::quiet_NaN();
  Operands addresses;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(p)))
    addresses.set(spec.role, spec.written ? out.data() : operands[next++].data());
  if (p.operation != Operation::kWgrad) {
    EXPECT_TRUE((*plan)->pack(addresses.w));
    // The plan keeps its own copy.
    std::fill_n(static_cast<float*>(addresses.w), element_count(p.w_shape()), 7.0F);
    addresses.w = nullptr;
  }
  EXPECT_TRUE((*plan)->run(addresses));
  const auto values = out.values<float>();
  return {values.begin(), values.end()};
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bits);
}

TEST(NaiveEngine, IsTheDefinitionWhereEveryOrderOfTheSumIsExact) {
  Random random(1);
  std::array<int, 12> seen{};
  for (int i = 0; i < 3000; ++i) {
    const ConvProblem p = random_problem(random, false);
    const std::vector<Tensor> operands = hostile_operands(p, Data::kIntegers, 1);
    const std::vector<float> expected = definition(p, values_of<float>(p, operands));
    EXPECT_TRUE(same(run_naive(p, operands, 1 + i % 3), expected)) << to_string(p);
    if (!expected.empty())
      ++seen[static_cast<std::size_t>(p.operation) * 4 + static_cast<std::size_t>(p.padding_mode)];
  }
  for (const int count : seen) EXPECT_GT(count, 50);
}

TEST(NaiveEngine, SumsOneProductAfterTheOtherInF32) {
  Random random(2);
  int rounded_differently = 0;
  for (int i = 0; i < 1000; ++i) {
    ConvProblem p = random_problem(random, false);
    if (p.operation == Operation::kDeconv) continue;  // The definition scatters there.
    // Of one channel, or of one tap, the loops meet in the same order.
    if (p.operation == Operation::kConv && i % 2 == 0) p.w_extent = {1, 1, 1};
    if (p.operation == Operation::kConv && i % 2 == 1) p.in_channels = p.groups;
    const std::vector<Tensor> operands = hostile_operands(p, Data::kUniform, 1);
    const std::vector<float> expected = definition(p, values_of<float>(p, operands));
    const std::vector<float> found = run_naive(p, operands, 1 + i % 3);
    EXPECT_TRUE(same(found, expected)) << to_string(p);
    const std::vector<double> exact = defined(p, operands);
    rounded_differently +=
        std::equal(found.begin(), found.end(), exact.begin(), exact.end(), same_bits) ? 0 : 1;
  }
  EXPECT_GT(rounded_differently, 100);  // A double accumulator would not pass for this engine.
}

TEST(NaiveEngine, WritesTheBiasWhereThereIsNoTermHoweverLongTheLoops) {
  ConvProblem p;
  p.operation = Operation::kWgrad;
  p.batch = std::int64_t{1} << 40;
  p.x_extent[2] = 0;
  p.y_extent[2] = 0;
  ASSERT_TRUE(validate(p));
  EXPECT_EQ(run_naive(p, hostile_operands(p, Data::kUniform, 1), 1), std::vector<float>{0});
}

TEST(NaiveEngine, ComputesInF32OnlyAndClaimsNoMoreThanTheAnyOrderBound) {
  const auto engine = make_naive_engine();
  ConvProblem p;
  const auto plan = engine->prepare(p, {.threads = 2});
  ASSERT_TRUE(plan);
  EXPECT_EQ((*plan)->claim().algorithm, AlgorithmClass::kDirect);
  EXPECT_FALSE((*plan)->claim().tree_height);
  p.w_type = ElementType::kBf16;
  EXPECT_EQ(engine->supports(p).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(engine->prepare(p, {}).error().message, "w is bf16; the naive loops compute in f32");
  EXPECT_FALSE(engine->prepare(ConvProblem{}, {.threads = 0}));
}

}  // namespace
}  // namespace convcheck::reference
