// SPDX-License-Identifier: Apache-2.0
#include "reference/oracle.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#if defined(__SSE__)
#include <pmmintrin.h>
#include <xmmintrin.h>
#endif

#include <cfenv>

#include "core/fill.hpp"
#include "core/wide.hpp"
#include "reference/scatter.hpp"
#include "reference/solve_with_faults.hpp"
#include "reference/test_support.hpp"

namespace convcheck::reference {
namespace {

ConvProblem parsed(const char* text) {
  const auto problem = parse_problem(text);
  EXPECT_TRUE(problem) << text << ": " << problem.error().message;
  return problem.value_or(ConvProblem{});
}

// Shapes that meet every part of the oracle: several tiles, tails, groups, folds, three axes.
std::vector<ConvProblem> shapes() {
  std::vector<ConvProblem> list;
  for (const char* text :
       {"g1mb2_ic5ih13iw11_oc19oh13ow11_kh3kw3sh1sw1ph1pw1dh0dw0",
        "bias:g2mb1_ic6ih9iw30_oc10oh5ow15_kh3kw2sh2sw2ph1pw0dh0dw0",
        "g12mb1_ic12ih8iw8_oc12oh8ow8_kh3kw3sh1sw1ph1pw1dh0dw0",
        "true:reflect:g1mb1_ic3iw70_oc4ow70_kw5sw1pw4dw1",
        "deconv:bias:g1mb2_ic7ih6iw5_oc9oh13ow11_kh3kw3sh2sw2ph0pw0dh0dw0",
        "deconv:replicate:g1mb1_ic2ih4iw4_oc3oh4ow4_kh3kw3sh1sw1ph1pw1dh0dw0",
        "wgrad:g2mb3_ic8ih7iw6_oc6oh7ow6_kh3kw3sh1sw1ph1pw1dh0dw0",
        "wgrad:circular:g1mb1_ic2id3ih4iw5_oc2od3oh4ow5_kd2kh2kw2sd1sh1sw1pd1ph1pw1dd0dh0dw0",
        "wgrad:true:g2mb2_ic2ih19iw23_oc14oh9ow10_kh3kw3sh2sw2ph2pw2dh1dw2",
        "wgrad:true:g1mb1_ic1iw400_oc1ow141_kw260sw1pw0dw0",
        "wgrad:reflect:g3mb1_ic3iw9_oc9ow4_kw2sw5pw4dw1",
        "wgrad:g2mb2_ic2ih71iw90_oc2oh71ow90_kh3kw3sh1sw1ph1pw1dh0dw0",
        "wgrad:true:g1mb1_ic1id19ih25iw26_oc2od10oh13ow13_kd2kh3kw3sd2sh2sw2pd1ph1pw1dd1dh0dw0",
        "wgrad:g1mb1_ic2iw35_oc4ow28_kw2sw1pw1dw2"})
    list.push_back(parsed(text));
  return list;
}

bool same(const OracleResult& a, const OracleResult& b) {
  return a.value == b.value && a.sum_abs == b.sum_abs && a.tier == b.tier && a.terms == b.terms;
}

TEST(Oracle, DefinitionScatterAndOracleAgree) {
  int turn = 0;
  for (const ConvProblem& p : shapes()) {
    // Two kinds of data a shape, every kind somewhere: cpp_bin_float is slow.
    for (const int kind : {turn % kDataCount, (turn + 5) % kDataCount}) {
      ++turn;
      const auto operands = hostile_operands(p, static_cast<Data>(kind), 5);
      const auto result = solve(p, operands);
      ASSERT_TRUE(result) << to_string(p) << ": " << result.error().message;
      const auto by_definition = defined(p, operands);
      const auto by_scatter = rounded<ExactF32>(p, operands, scatter<ExactF32>);
      for (std::size_t i = 0; i < by_definition.size(); ++i) {
        ASSERT_TRUE(same_bits(result->value.value(static_cast<std::int64_t>(i)), by_definition[i]))
            << to_string(p) << " data " << kind << " output " << i;
        ASSERT_TRUE(same_bits(by_scatter[i], by_definition[i]))
            << to_string(p) << " data " << kind << " output " << i;
      }
    }
  }
}

TEST(Oracle, ADefinitionByHand) {
  // x = 1 2 3, w = 10 1, padding 1 at the begin: y = 0*10+1*1, 1*10+2*1, 2*10+3*1.
  ConvProblem p = parsed("g1mb1_ic1iw3_oc1ow3_kw2sw1pw1dw0");
  Values<double> v;
  v.x = {1, 2, 3};
  v.w = {10, 1};
  EXPECT_EQ(definition(p, v), (std::vector<double>{1, 12, 23}));
  p.orientation = Orientation::kConvolution;
  EXPECT_EQ(definition(p, v), (std::vector<double>{10, 21, 32}));
  p.orientation = Orientation::kCrossCorrelation;
  p.padding_mode = PaddingMode::kCircular;
  EXPECT_EQ(definition(p, v), (std::vector<double>{31, 12, 23}));
  p.padding_mode = PaddingMode::kReflect;
  EXPECT_EQ(definition(p, v), (std::vector<double>{21, 12, 23}));
  p.padding_mode = PaddingMode::kReplicate;
  EXPECT_EQ(definition(p, v), (std::vector<double>{11, 12, 23}));
  p.padding_mode = PaddingMode::kZeros;
  v.y = {1, 10, 100};
  p.operation = Operation::kDeconv;
  EXPECT_EQ(definition(p, v), (std::vector<double>{101, 1010, 100}));
  p.operation = Operation::kWgrad;
  EXPECT_EQ(definition(p, v), (std::vector<double>{210, 321}));
}

TEST(Oracle, TheSameBitsForAnyNumberOfThreads) {
  for (const ConvProblem& p : shapes()) {
    for (const Data kind : {Data::kWide, Data::kCancelling, Data::kSpecial}) {
      const auto operands = hostile_operands(p, kind, 6);
      const auto one = solve(p, operands, {.threads = 1});
      ASSERT_TRUE(one);
      for (const int threads : {2, 3}) {
        const auto many = solve(p, operands, {.threads = threads});
        ASSERT_TRUE(many);
        EXPECT_TRUE(same(*one, *many)) << to_string(p) << " with " << threads << " threads";
      }
    }
  }
}

TEST(Oracle, TheSameBitsOnEveryTarget) {
  const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
  ASSERT_FALSE(targets.empty());
  for (const ConvProblem& p : shapes()) {
    for (const Data kind :
         {Data::kUniform, Data::kWide, Data::kCancelling, Data::kSubnormal, Data::kSpecial}) {
      const auto operands = hostile_operands(p, kind, 8);
      const auto best = solve(p, operands);
      ASSERT_TRUE(best);
      for (const std::int64_t target : targets) {
        hwy::SetSupportedTargetsForTest(target);
        const auto forced = solve(p, operands);
        hwy::SetSupportedTargetsForTest(0);
        ASSERT_TRUE(forced);
        EXPECT_TRUE(same(*best, *forced)) << to_string(p) << " on " << hwy::TargetName(target);
      }
    }
  }
}

TEST(Oracle, SurveyOfATensorOnEveryTarget) {
  Random random(3);
  const auto of = [](const Tensor& t, double zero_point = 0) {
    return survey({t.data(), t.type(), zero_point}, 0, t.count());
  };
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const Tensor& nothing :
         {Tensor(ElementType::kF32, {37}), Tensor(ElementType::kF64, {0})}) {
      EXPECT_EQ(of(nothing).lowest, Survey::kNone);
      EXPECT_EQ(of(nothing).highest, -Survey::kNone);
      EXPECT_TRUE(of(nothing).finite);
    }
    for (const ElementType type :
         {ElementType::kF32, ElementType::kF64, ElementType::kBf16, ElementType::kF16}) {
      const ElementTraits& own = traits(type);
      const int top = own.max_exponent - own.precision_bits;  // Above it only powers of two.
      for (int exponent = own.min_exponent; exponent < own.max_exponent; ++exponent) {
        Tensor values(type, {random.between(1, 40)});
        const std::int64_t most = std::int64_t{1} << (own.precision_bits - 1);
        for (std::int64_t i = 0; i < values.count(); ++i)  // Multiples of 2^exponent.
          values.set_value(
              i, std::ldexp(exponent > top ? 1.0 : static_cast<double>(random.between(-most, most)),
                            exponent));
        values.set_value(random.below(values.count()),
                         std::ldexp(exponent > top ? 1.0 : 3.0, exponent));
        int highest = -Survey::kNone;
        for (std::int64_t i = 0; i < values.count(); ++i)
          if (values.value(i) != 0) highest = std::max(highest, std::ilogb(values.value(i)));
        const Survey finite = of(values);
        ASSERT_EQ(finite.lowest, exponent) << hwy::TargetName(target) << " " << to_string(type);
        ASSERT_EQ(finite.highest, highest) << hwy::TargetName(target) << " " << to_string(type);
        ASSERT_TRUE(finite.finite);
        values.set_value(random.below(values.count()),
                         random.below(2) == 0 ? std::numeric_limits<double>::quiet_NaN()
                                              : -std::numeric_limits<double>::infinity());
        ASSERT_FALSE(of(values).finite) << hwy::TargetName(target) << " " << to_string(type);
        ASSERT_GE(of(values).lowest, exponent);
        ASSERT_LE(of(values).highest, highest);
      }
    }
    Tensor bytes(ElementType::kU8, {21});
    for (std::int64_t i = 0; i < 21; ++i) bytes.set_value(i, static_cast<double>(8 * i + 4));
    EXPECT_EQ(of(bytes).lowest, 2);
    EXPECT_EQ(of(bytes, 4).lowest, 3);
    EXPECT_EQ(of(bytes, 1).lowest, 0);
    EXPECT_EQ(of(bytes, 255).highest, 7);
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST(Oracle, OneTierForEachKindOfData) {
  const ConvProblem p = parsed("g1mb1_ic16ih6iw6_oc8oh6ow6_kh3kw3sh1sw1ph1pw1dh0dw0");
  const auto share = [&](FillKind fill, Tier tier) {
    const auto result = solve(p, fill_operands(Chain(p), fill, 1));
    EXPECT_TRUE(result);
    std::size_t count = 0;
    for (const Tier t : result->tier) count += t == tier ? 1 : 0;
    return static_cast<double>(count) / static_cast<double>(result->tier.size());
  };
  EXPECT_EQ(share(FillKind::kExactInteger, Tier::kExactSum), 1);
  EXPECT_GT(share(FillKind::kNormal, Tier::kInterval), 0.9);
  EXPECT_GT(share(FillKind::kIllConditioned, Tier::kTwoBins), 0.5);
  EXPECT_GT(share(FillKind::kSpecial, Tier::kNonFinite), 0.5);
}

// More products than the certificate covers are summed in integers; here more than ten.
TEST(Oracle, SumsBeyondTheLimitOfTheProofAreExact) {
  Faults few;
  few.max_products = 10;
  int turn = 0;
  for (const ConvProblem& p : shapes()) {
    const auto operands = hostile_operands(p, static_cast<Data>(turn++ % kDataCount), 7);
    const auto result = solve_with_faults(p, operands, {.threads = 2}, few);
    ASSERT_TRUE(result);
    const std::vector<double> expected = defined(p, operands);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_TRUE(same_bits(result->value.value(static_cast<std::int64_t>(i)), expected[i]))
          << to_string(p) << " output " << i;
      EXPECT_TRUE(result->terms <= 10 || result->tier[i] == Tier::kInteger ||
                  result->tier[i] == Tier::kNonFinite);
    }
  }
}

// A weight gradient of more than 2^25 products, whose sum of magnitudes needs more than 53 bits.
TEST(Oracle, AWeightGradientOfMoreThan33MillionProducts) {
  ConvProblem p = parsed("wgrad:bf16:g1mb1_ic1iw33554500_oc1ow33554500_kw1sw1pw0dw0");
  p.x_type = ElementType::kF16;
  p.w_type = ElementType::kF32;
  std::vector<Tensor> operands;
  operands.emplace_back(p.x_type, p.x_shape());
  operands.emplace_back(p.y_type, p.y_shape());
  // f16 2^11 + i and bf16 2^7 + j at exponents that leave the lowest bit 2^0 and reach 2^31.
  auto* x = reinterpret_cast<std::uint16_t*>(operands[0].data());
  auto* y = reinterpret_cast<std::uint16_t*>(operands[1].data());
  Random random(5);
  Int128 exact = 0;
  Int128 magnitude = 0;
  for (std::int64_t i = 0; i < p.x_extent[2]; ++i) {
    const std::uint64_t bits = random.next();
    const std::int64_t a = 1024 + static_cast<std::int64_t>(bits % 1024);
    const auto exponent = static_cast<std::int64_t>(bits >> 10) % 16;
    const std::int64_t b = (128 + static_cast<std::int64_t>(bits >> 20) % 128) << exponent;
    const bool negative = (bits >> 40) % 2 != 0;
    x[i] = static_cast<std::uint16_t>((negative ? 0x8000 : 0) | 25 << 10 | (a - 1024));
    y[i] = static_cast<std::uint16_t>((134 + exponent) << 7 | ((b >> exponent) - 128));
    exact += negative ? -a * b : a * b;
    magnitude += a * b;
  }
  ASSERT_GT(magnitude, Int128{1} << 53);
  const auto result = solve(p, operands);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->terms, p.x_extent[2]);
  EXPECT_NE(result->tier[0], Tier::kExactSum);
  const double expected =
      round_dyadic(boost::multiprecision::cpp_int(exact), 0, traits(ElementType::kF32));
  EXPECT_EQ(result->value.value(0), expected);
  EXPECT_GE(result->sum_abs[0], static_cast<double>(magnitude));
}

// Products of +-2^120 that cancel beside ordinary ones: no two f64 hold both. Whole tiles go to the
// integers, which is what the benchmark of data beyond two bins measures.
TEST(Oracle, WhatTwoBinsCannotHoldIsSummedInIntegers) {
  const ConvProblem p = parsed("g1mb1_ic8ih6iw6_oc9oh6ow6_kh3kw3sh1sw1ph1pw1dh0dw0");
  std::vector<Tensor> operands = fill_operands(Chain(p), FillKind::kNormal, 1);
  for (std::size_t operand = 0; operand < 2; ++operand) {
    const std::int64_t inner = operand == 0 ? 36 : 9;
    for (std::int64_t i = 0; i < operands[operand].count(); ++i) {
      const std::int64_t channel = i / inner % 8;
      if (channel % 4 < 2)
        operands[operand].set_value(i, operand == 1 && channel % 2 != 0 ? -0x1p60 : 0x1p60);
    }
  }
  const auto result = solve(p, operands);
  ASSERT_TRUE(result);
  const std::vector<double> expected = defined(p, operands);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(same_bits(result->value.value(static_cast<std::int64_t>(i)), expected[i])) << i;
    EXPECT_EQ(result->tier[i], Tier::kInteger) << i;
  }
}

TEST(Oracle, WithoutTermsOnlyTheBiasIsLeft) {
  ConvProblem p = parsed("bias:g1mb1_ic2iw3_oc2ow2_kw1sw1pw5dw0");  // Every tap in the padding.
  std::vector<Tensor> operands = hostile_operands(p, Data::kUniform, 1);
  operands[2].values<float>()[0] = -0.0F;
  operands[2].values<float>()[1] = 0.1F;
  for (const std::int64_t x : {3, 0}) {
    p.x_extent[2] = x;
    operands[0] = Tensor(ElementType::kF32, p.x_shape());
    const auto result = solve(p, operands);
    ASSERT_TRUE(result) << result.error().message;
    const auto got = result->value.values<float>();
    EXPECT_TRUE(same_bits(got[0], 0.0F));
    EXPECT_EQ(got[2], 0.1F);
    EXPECT_EQ(result->sum_abs[3], static_cast<double>(0.1F));
    EXPECT_EQ(result->terms, 1);
  }
  p.batch = 0;
  operands[0] = Tensor(ElementType::kF32, p.x_shape());
  const auto empty = solve(p, operands);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->value.count(), 0);
}

TEST(Oracle, NonFiniteBiasAndOverflow) {
  const ConvProblem p = parsed("bias:g1mb1_ic1iw1_oc2ow1_kw1sw1pw0dw0");
  std::vector<Tensor> operands = hostile_operands(p, Data::kUniform, 1);
  operands[0].values<float>()[0] = std::numeric_limits<float>::max();
  operands[1].values<float>()[0] = 2;
  operands[1].values<float>()[1] = 1;
  operands[2].values<float>()[0] = 0;
  operands[2].values<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  const auto result = solve(p, operands);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->value.values<float>()[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(result->tier[0], Tier::kExactSum);  // An overflow is a rounding, not a special value.
  EXPECT_TRUE(std::isnan(result->value.values<float>()[1]));
  EXPECT_EQ(result->tier[1], Tier::kNonFinite);
}

TEST(Oracle, RefusesWhatItCannotCertify) {
  ConvProblem p = parsed("g1mb1_ic2iw3_oc2ow3_kw1sw1pw0dw0");
  const auto operands = hostile_operands(p, Data::kUniform, 1);
  EXPECT_EQ(solve(p, {operands[0]}).error().message, "operand w is missing; 1 were given");
  EXPECT_EQ(solve(p, {operands[0], operands[1], operands[1]}).error().message,
            "3 operands were given; the problem reads 2");
  EXPECT_EQ(solve(p, {operands[1], operands[0]}).error().message,
            "operand x is f32 [2, 2, 1]; the problem needs f32 [1, 2, 3]");
  EXPECT_EQ(solve(p, operands, {.threads = 0}).error().code, ErrorCode::kBadInput);
  ConvProblem broken = p;
  broken.stride[2] = 0;
  EXPECT_EQ(solve(broken, operands).error().code, ErrorCode::kInvalidProblem);

  // More foldings than memory has room for, decided without building them.
  ConvProblem folded = p;
  folded.padding_mode = PaddingMode::kCircular;
  folded.x_extent[2] = 2;
  folded.y_extent[2] = std::int64_t{1} << 40;
  EXPECT_EQ(check_supported(folded).error().code, ErrorCode::kUnsupported);
}

TEST(Oracle, RefusesAFloatingPointEnvironmentThatBreaksTheProof) {
  const ConvProblem p = parsed("g1mb1_ic1iw1_oc1ow1_kw1sw1pw0dw0");
  const auto operands = hostile_operands(p, Data::kUniform, 1);
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const auto result = solve(p, operands);
    std::fesetround(FE_TONEAREST);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("round to nearest"), std::string::npos);
  }
#if defined(__SSE__)
  const unsigned saved = _mm_getcsr();
  for (const unsigned bit : {unsigned{_MM_FLUSH_ZERO_ON}, unsigned{_MM_DENORMALS_ZERO_ON}}) {
    _mm_setcsr(saved | bit);
    const auto result = solve(p, operands);
    _mm_setcsr(saved);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("FTZ or DAZ"), std::string::npos);
  }
#endif
  EXPECT_TRUE(solve(p, operands));
}

TEST(Oracle, AChainRoundsBetweenItsSteps) {
  const auto chain = parse_chain(
      "g1mb1_ic2iw5_oc4ow5_kw3sw1pw1dw0 | shuffle:2 | bias:g2mb1_ic4iw5_oc2ow3_kw3sw1pw0dw0");
  ASSERT_TRUE(chain) << chain.error().message;
  const auto operands = fill_operands(chain->chain, FillKind::kUniform, 4);
  const auto result = solve_chain(chain->chain, operands, {.threads = 2});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->steps.size(), 2U);
  const std::vector<ConvProblem> steps = chain->chain.problems();
  const std::vector<double> first = defined(steps[0], {operands[0], operands[1]});
  Tensor between(ElementType::kF32, steps[1].x_shape());
  for (std::size_t c = 0; c < 4; ++c)  // Channels 0 1 2 3 of two groups become 0 2 1 3.
    for (std::size_t i = 0; i < 5; ++i)
      between.set_value(static_cast<std::int64_t>((c % 2 * 2 + c / 2) * 5 + i), first[c * 5 + i]);
  const std::vector<double> second = defined(steps[1], {between, operands[2], operands[3]});
  const auto got = result->last.value.values<float>();
  ASSERT_EQ(got.size(), second.size());
  for (std::size_t i = 0; i < second.size(); ++i) EXPECT_TRUE(same_bits(got[i], second[i])) << i;
  EXPECT_EQ(result->steps.back().value, result->last.value);
}

}  // namespace
}  // namespace convcheck::reference
