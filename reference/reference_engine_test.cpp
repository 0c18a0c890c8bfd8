// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cfenv>
#include <cstring>

#include "reference/oracle.hpp"
#include "reference/test_support.hpp"

namespace convcheck::reference {
namespace {

TEST(ReferenceEngine, RunsEveryOperationAsTheOracleDoes) {
  const auto engine = make_reference_engine();
  EXPECT_EQ(engine->info().name, "reference");
  for (const char* text : {"bias:g1mb1_ic3ih5iw6_oc4oh5ow6_kh3kw3sh1sw1ph1pw1dh0dw0",
                           "deconv:bias:g1mb2_ic3ih4iw4_oc2oh8ow8_kh2kw2sh2sw2ph0pw0dh0dw0",
                           "wgrad:g1mb2_ic3ih5iw6_oc4oh5ow6_kh3kw3sh1sw1ph1pw1dh0dw0",
                           "u8-s8-s32:bias:xzp=3:g1mb1_ic3iw5_oc4ow5_kw3sw1pw1dw0",
                           "deconv:bf16:bias:g1mb1_ic3iw5_oc4ow5_kw3sw1pw1dw0",
                           "wgrad:f64:g1mb1_ic3iw5_oc4ow5_kw3sw1pw1dw0"}) {
    const auto p = parse_problem(text);
    ASSERT_TRUE(p) << p.error().message;
    ASSERT_TRUE(engine->supports(*p));
    std::vector<Tensor> operands = hostile_operands(*p, Data::kWide, 1);
    const auto expected = solve(*p, operands);
    ASSERT_TRUE(expected);
    auto plan = engine->prepare(*p, {.threads = 2});
    ASSERT_TRUE(plan) << plan.error().message;
    Tensor out(p->type(p->written()), p->shape(p->written()));
    Operands addresses;
    std::size_t next = 0;
    for (const OperandSpec& spec : operand_specs(Chain(*p)))
      addresses.set(spec.role, spec.written ? out.data() : operands[next++].data());
    if (p->operation != Operation::kWgrad) {
      // The plan keeps a copy of the weights: what becomes of the operand is not its business.
      ASSERT_TRUE((*plan)->pack(addresses.w));
      std::memset(addresses.w, 7, operands[p->operation == Operation::kConv ? 1 : 0].size_bytes());
      addresses.w = nullptr;
    }
    ASSERT_TRUE((*plan)->run(addresses));
    EXPECT_EQ(out, expected->value) << text;
    EXPECT_EQ((*plan)->claim().algorithm, AlgorithmClass::kExact);
    EXPECT_TRUE((*plan)->claim().thread_invariant);
    EXPECT_GT((*plan)->workspace_bytes(), 0U);
  }
}

// On integers the sums are exact, so what is not certified is right all the same.
TEST(ReferenceEngine, UncertifiedSumsAreThoseOfTheOracle) {
  const auto engine = make_uncertified_engine();
  EXPECT_EQ(engine->info().name, "uncertified");
  const auto p = parse_problem("bias:g1mb1_ic3ih5iw6_oc4oh5ow6_kh3kw3sh1sw1ph1pw1dh0dw0");
  ASSERT_TRUE(p);
  std::vector<Tensor> operands = hostile_operands(*p, Data::kIntegers, 1);
  auto plan = engine->prepare(*p, {});
  ASSERT_TRUE(plan);
  EXPECT_EQ((*plan)->claim().algorithm, AlgorithmClass::kDirect);
  ASSERT_TRUE((*plan)->pack(operands[1].data()));
  Tensor out(ElementType::kF32, p->y_shape());
  ASSERT_TRUE((*plan)->run({operands[0].data(), nullptr, operands[2].data(), out.data()}));
  EXPECT_EQ(out, solve(*p, operands)->value);
  auto other = *p;
  other.w_type = ElementType::kF64;
  EXPECT_EQ(engine->supports(other).error().message, "uncertified sums are f32; w is f64");
}

TEST(ReferenceEngine, SaysWhyItDeclines) {
  const auto engine = make_reference_engine();
  auto p = parse_problem("circular:g1mb1_ic1iw2_oc1ow2_kw1sw1pw0dw0");
  ASSERT_TRUE(p);
  p->y_extent[2] = std::int64_t{1} << 40;
  EXPECT_EQ(engine->supports(*p).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(engine->prepare(*p, {}).error().code, ErrorCode::kUnsupported);
}

TEST(ReferenceEngine, RefusesToRunWhereTheProofDoesNotHold) {
  const auto engine = make_reference_engine();
  const auto p = parse_problem("g1mb1_ic1iw1_oc1ow1_kw1sw1pw0dw0");
  ASSERT_TRUE(p);
  auto plan = engine->prepare(*p, {});
  ASSERT_TRUE(plan);
  float x = 1;
  float w = 1;
  float y = 0;
  ASSERT_TRUE((*plan)->pack(&w));
  std::fesetround(FE_UPWARD);
  const Status status = (*plan)->run({&x, nullptr, nullptr, &y});
  std::fesetround(FE_TONEAREST);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace convcheck::reference
