// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/verify.hpp"

#include <gtest/gtest.h>

#include "core/fill.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

// The exact answer and nothing else is right: what an engine that claims kExact is held to.
OutputCheck demand_exact(const Chain&, const std::vector<Tensor>&,
                         const reference::ChainResult& exact) {
  return [&exact](const Outcome& outcome) -> std::optional<std::string> {
    for (std::int64_t i = 0; i < exact.last.value.count(); ++i) {
      const double found = outcome.output->value(i);
      const double expected = exact.last.value.value(i);
      if (found != expected) return fmt::format("output {} is {}, not {}", i, found, expected);
    }
    return std::nullopt;
  };
}

class VerifierTest : public testing::Test {
 protected:
  void use(const std::string& text) {
    auto parsed = parse_chain(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    c = {.chain = parsed->chain,
         .operands = fill_operands(parsed->chain, FillKind::kUniform, /*seed=*/1),
         .environment = {}};
    auto exact = reference::solve_chain(c.chain, c.operands);
    ASSERT_TRUE(exact.has_value()) << exact.error().message;
    outcome.output = exact->last.value;
  }
  Verification verify() {
    Verifier verifier(c, demand_exact, options);
    auto verification = verifier.verify(outcome);
    EXPECT_TRUE(verification.has_value()) << verification.error().message;
    return verification.value_or(Verification{});
  }
  void spoil(std::int64_t i) { outcome.output->values<float>()[static_cast<std::size_t>(i)] += 1; }

  Case c;
  Outcome outcome;
  VerifyOptions options;
};

constexpr const char* kLayer = "mb1ic4ih12iw12oc8kh3kw3ph1pw1";  // 1152 outputs of 36 terms.

TEST_F(VerifierTest, ComparesEveryOutputOfASmallProblem) {
  use(kLayer);
  const Verification right = verify();
  EXPECT_EQ(right.wrong, std::nullopt);
  EXPECT_EQ(right.checked, 1152);
  EXPECT_EQ(right.outputs, 1152);
  spoil(700);
  EXPECT_TRUE(verify().wrong.has_value());
}

TEST_F(VerifierTest, ComparesAChain) {
  use(std::string(kLayer) + " | mb1ic8ih12iw12oc2kh1kw1");
  options.exact_macs = 1;  // A chain has no windows.
  const Verification right = verify();
  EXPECT_EQ(right.wrong, std::nullopt);
  EXPECT_EQ(right.checked, right.outputs);
  spoil(0);
  EXPECT_TRUE(verify().wrong.has_value());
}

TEST_F(VerifierTest, ComparesWindowsOfALargeProblem) {
  use(kLayer);
  options.exact_macs = 1000;
  options.sample_macs = 16 * 10 * 36;
  options.windows = 16;
  const Verification right = verify();
  EXPECT_EQ(right.wrong, std::nullopt);
  EXPECT_GT(right.checked, 100);
  EXPECT_LE(right.checked, 160);
  EXPECT_EQ(right.outputs, 1152);
}

// An error in one of ten outputs escapes 100 independent looks with probability below 3e-5; the
// seed is fixed, so this test does not depend on luck.
TEST_F(VerifierTest, WindowsSeeAnErrorInATenthOfTheOutputs) {
  use(kLayer);
  options.exact_macs = 1000;
  options.sample_macs = 16 * 10 * 36;
  options.windows = 16;
  for (std::int64_t i = 3; i < outcome.output->count(); i += 10) spoil(i);
  const Verification wrong = verify();
  ASSERT_TRUE(wrong.wrong.has_value());
  EXPECT_NE(wrong.wrong->find("in the window of"), std::string::npos);
}

TEST_F(VerifierTest, WindowsSeeAnErrorAtEitherEnd) {
  options.exact_macs = 1000;
  options.sample_macs = 2 * 36;
  options.windows = 2;
  for (const std::int64_t i : {0, 1151}) {
    use(kLayer);
    spoil(i);
    EXPECT_TRUE(verify().wrong.has_value()) << i;
  }
}

TEST_F(VerifierTest, BoundsThatSpeakOfNeighboursGetNoWindows) {
  use(kLayer);
  options.exact_macs = 1000;
  for (const AlgorithmClass algorithm : {AlgorithmClass::kWinograd, AlgorithmClass::kFft}) {
    outcome.claim.algorithm = algorithm;
    EXPECT_EQ(verify().checked, 1152);
  }
}

TEST_F(VerifierTest, AnOutputOfAnotherShapeIsWrong) {
  use(kLayer);
  outcome.output = Tensor(ElementType::kF32, {1, 8, 12, 11});
  EXPECT_EQ(verify().wrong, "y is not f32 [1, 8, 12, 12]");
  outcome.output.reset();
  EXPECT_TRUE(verify().wrong.has_value());
}

TEST_F(VerifierTest, WithoutAnExactAnswerThereIsAnError) {
  auto parsed = parse_chain("f64:mb1ic1ih4iw4oc1kh3kw3");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  c = {.chain = parsed->chain,
       .operands = fill_operands(parsed->chain, FillKind::kUniform, 1),
       .environment = {}};
  outcome.output = Tensor(ElementType::kF64, parsed->chain.front().y_shape());
  c.operands.pop_back();
  Verifier verifier(c, demand_exact, options);
  EXPECT_FALSE(verifier.verify(outcome).has_value());
}

TEST(DisqualifyingFinding, IsAboutTheResult) {
  Outcome outcome;
  EXPECT_EQ(disqualifying_finding(outcome), std::nullopt);
  outcome.findings.push_back({.kind = Finding::Kind::kEnvironmentChanged,
                              .operand = {},
                              .offset_bytes = 0,
                              .detail = "a thread more"});
  EXPECT_EQ(disqualifying_finding(outcome), std::nullopt);
  outcome.findings.push_back({.kind = Finding::Kind::kPoisonLeft,
                              .operand = "y",
                              .offset_bytes = 0,
                              .detail = "y[0] was not written"});
  EXPECT_EQ(disqualifying_finding(outcome), "output-not-written: y[0] was not written");
}

}  // namespace
}  // namespace convcheck::benchmarks
