// SPDX-License-Identifier: Apache-2.0
// docs/others.md says what the rules of others do; and the rules do what they say.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "properties/bug_suite.hpp"
#include "properties/innocents.hpp"
#include "properties/mutants.hpp"
#include "properties/others/document.hpp"

namespace convcheck::properties::others {
namespace {

const std::vector<SuiteLine>& suite() {
  static const std::vector<SuiteLine> lines = *parse_suite(kBugSuite);
  return lines;
}

const AcceptanceRule& rule(std::string_view name) {
  for (const AcceptanceRule& r : acceptance_rules())
    if (r.name == name) return r;
  ADD_FAILURE() << name;
  return acceptance_rules().front();
}

Tensor tensor(std::vector<float> values) {
  Tensor t(ElementType::kF32, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i)
    t.set_value(static_cast<std::int64_t>(i), static_cast<double>(values[i]));
  return t;
}

bool accepted(std::string_view name, std::vector<float> expected, std::vector<float> found,
              AlgorithmClass algorithm = AlgorithmClass::kDirect) {
  const ConvProblem p = *parse_problem("mb1ic1ih4oc1kh3ph1");
  Claim claim;
  claim.algorithm = algorithm;
  return rule(name).accepted({p, claim, tensor(std::move(expected)), tensor(std::move(found))});
}

std::string read_document() {
  std::ifstream file(CONVCHECK_OTHERS_DOCUMENT, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Sanitizers see what those testers, without them, do not.
TEST(OthersDocument, HasTheLinesOfBugsThatHurtNobody) {
  const auto bugs = judge_bugs(suite(), [](const Mutant& mutant) {
    return !mutant.needs_worker && mutant.kind != "OOBR" && mutant.kind != "RACE";
  });
  ASSERT_TRUE(bugs) << bugs.error().message;
  const std::string document = read_document();
  for (const RuleRow& row : *bugs)
    EXPECT_NE(document.find(bug_line(row)), std::string::npos) << bug_line(row);
}
#else
TEST(OthersDocument, IsCurrent) {
  const auto bugs = judge_bugs(suite());
  const auto innocent_rows = judge_innocents(suite());
  ASSERT_TRUE(bugs) << bugs.error().message;
  ASSERT_TRUE(innocent_rows) << innocent_rows.error().message;
  const std::string current = others_markdown(*bugs, *innocent_rows);
  std::ofstream(CONVCHECK_OTHERS_GENERATED, std::ios::binary) << current;
  EXPECT_TRUE(read_document() == current)
      << "docs/others.md is not what the rules do; make it so with\n  cp "
      << CONVCHECK_OTHERS_GENERATED << " " << CONVCHECK_OTHERS_DOCUMENT;
}
#endif

TEST(Rules, AcceptWhatTheyAllowAndNoMore) {
  EXPECT_TRUE(accepted("benchdnn", {1, 0}, {1, 0}));
  EXPECT_FALSE(accepted("benchdnn", {100, 0}, {100.00001F, 0}));
  EXPECT_TRUE(accepted("benchdnn", {100, 0}, {100.001F, 0}, AlgorithmClass::kWinograd));
  EXPECT_FALSE(accepted("benchdnn", {100, 0}, {100.01F, 0}, AlgorithmClass::kWinograd));
  EXPECT_TRUE(accepted("XNNPACK", {0, 1000}, {0.00009F, 1000.09F}));
  EXPECT_FALSE(accepted("XNNPACK", {0, 1000}, {0.00011F, 1000}));
  EXPECT_FALSE(accepted("XNNPACK", {0, 1000}, {0, 1000.11F}));
  // sqrt(d^2 / 2) / 1000 <= 80 * 2^-23 up to d = 0.01348.
  EXPECT_TRUE(accepted("MIOpen", {1000, 0}, {1000, 0.0134F}));
  EXPECT_FALSE(accepted("MIOpen", {1000, 0}, {1000, 0.0136F}));
  EXPECT_TRUE(accepted("ONNX", {1000, 0}, {1000.9F, 9e-8F}));
  EXPECT_FALSE(accepted("ONNX", {1000, 0}, {1001.1F, 0}));
  EXPECT_FALSE(accepted("ONNX", {1000, 0}, {1000, 1.1e-7F}));
  EXPECT_TRUE(accepted("PyTorch", {1000, 0}, {1000.0013F, 9e-6F}));
  EXPECT_FALSE(accepted("PyTorch", {1000, 0}, {1000.0015F, 0}));
  EXPECT_FALSE(accepted("PyTorch", {1000, 0}, {1000, 1.1e-5F}));
  EXPECT_TRUE(accepted("PyTorch, devices", {1000, 0}, {1000.9F, 0.0009F}));
  EXPECT_FALSE(accepted("PyTorch, devices", {1000, 0}, {1000, 0.0011F}));
}

TEST(Rules, RejectNaN) {
  for (const AcceptanceRule& r : acceptance_rules())
    EXPECT_FALSE(accepted(r.name, {1, 2}, {1, NAN})) << r.name;
}

TEST(Rules, AcceptTheirOwnReference) {
  for (const AcceptanceRule& r : acceptance_rules()) {
    RuleJudge judge(suite());
    const auto problem = judge.first_rejection(
        r, [] { return Result<std::unique_ptr<Engine>>(make_plain_engine()); }, false);
    ASSERT_TRUE(problem) << problem.error().message;
    EXPECT_EQ(*problem, "") << r.name;
  }
}

TEST(Rules, AnEndedProcessIsRejectedAtItsProblem) {
  RuleJudge judge(suite());
  const auto problem = judge.first_rejection(
      rule("ONNX"), [] { return make_mutant("exits"); }, true);
  ASSERT_TRUE(problem) << problem.error().message;
  EXPECT_EQ(problem->substr(0, 5), "bias:") << *problem;
}

}  // namespace
}  // namespace convcheck::properties::others
