// SPDX-License-Identifier: Apache-2.0
// Every planted bug against every pass and every law: what finds what, as a table.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "properties/bug_suite.hpp"
#include "properties/canary_runner.hpp"
#include "properties/check_law.hpp"
#include "properties/mutants.hpp"
#include "properties/validate.hpp"

namespace convcheck::properties {
namespace {

const std::vector<SuiteLine>& suite() {
  static const std::vector<SuiteLine> lines = *parse_suite(kBugSuite);
  return lines;
}

bool found_something(const Outcome& faulty, const Outcome& right) {
  return !faulty.findings.empty() || !(*faulty.output == *right.output);
}

// Problems of the suite on which the bug changes anything at all, on exact data with two threads
// and an earlier call: everywhere else a run of it is vacuous.
std::set<std::string> visible(const Mutant& mutant) {
  const auto faulty = make_canary_runner(*make_mutant(mutant.name));
  const auto right = make_canary_runner(make_plain_engine());
  std::set<std::string> problems;
  for (const SuiteLine& line : suite()) {
    Case c{line.problem.chain, fill_operands(line.problem.chain, FillKind::kExactInteger, 1), {}};
    c.environment.threads = 2;
    c.environment.prior_calls = 1;
    if (found_something(faulty->run(c), right->run(c)))
      problems.insert(to_string(line.problem.chain));
  }
  return problems;
}

// One letter a pass, in order: indexing, arithmetic, conditioning, memory, state, threads, layout,
// concurrency, special.
constexpr std::string_view kLetters = "iacmstlCS";
static_assert(kLetters.size() == kPasses.size());

struct Row {
  std::string passes;             // One letter a pass that found it.
  std::set<std::string> refuted;  // Problems.
  std::vector<std::string> laws;
};

Row judge(const Mutant& mutant) {
  Row row;
  const auto runner = make_canary_runner(*make_mutant(mutant.name));
  ValidateOptions options;
  options.shrunk_failures = 0;
  const ValidationResult result = validate_engine(*runner, suite(), options);
  for (const Pass pass : kPasses) {
    bool found = false;
    for (const ProblemValidation& problem : result.problems) {
      for (const PassVerdict& verdict : problem.passes) {
        if (verdict.pass != pass || verdict.verdict.kind != VerdictKind::kRefuted) continue;
        found = true;
        row.refuted.insert(problem.problem);
      }
    }
    row.passes += found ? kLetters[row.passes.size()] : '.';
  }
  CheckOptions check;
  check.cases = 30;
  check.max_shrinks = 0;
  for (const Law* law : laws()) {
    if (law->expected == Truth::kTrue && is_failure(check_law(*law, *runner, check), law->expected))
      row.laws.emplace_back(law->id);
  }
  return row;
}

TEST(BugTable, EveryPlantedBugIsFound) {
  std::printf("%-36s %-7s %-8s %-9s %s\n", "planted bug", "class", "visible", "passes", "laws");
  for (const Mutant* mutant : mutants()) {
    const Row row = judge(*mutant);
    const std::set<std::string> shows = visible(*mutant);
    std::string names;
    for (const std::string& law : row.laws) names += " " + law;
    std::printf("%-36s %-7s %2zu of %2zu %-9s %2zu%s\n", std::string(mutant->name).c_str(),
                std::string(mutant->kind).c_str(), shows.size(), suite().size(), row.passes.c_str(),
                row.laws.size(), names.c_str());
    EXPECT_FALSE(row.refuted.empty()) << mutant->name << " escapes every pass";
    // Wherever the bug changes a result, validation says so.
    for (const std::string& problem : shows)
      EXPECT_TRUE(row.refuted.count(problem)) << mutant->name << " escapes on " << problem;
  }
}

TEST(BugTable, NoLawIsRefutedByTheCorrectEngine) {
  const auto runner = make_canary_runner(make_plain_engine());
  for (const Law* law : laws()) {
    const Verdict verdict = check_law(*law, *runner, {});
    EXPECT_FALSE(is_failure(verdict, law->expected))
        << law->id << ": " << to_string(verdict.kind) << " " << verdict.detail;
  }
}

TEST(Mutants, AreNamedOnceAndSayWhatTheyMirror) {
  std::set<std::string_view> names;
  for (const Mutant* mutant : mutants()) {
    EXPECT_TRUE(names.insert(mutant->name).second) << mutant->name;
    EXPECT_EQ(mutant->source.substr(0, 19), "https://github.com/");
    EXPECT_FALSE(mutant->bug.empty());
    EXPECT_TRUE(make_mutant(mutant->name));
  }
  EXPECT_GE(names.size(), 30U);
  const auto unknown = make_mutant("mutant:nobody");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("stale-weights"), std::string::npos);
}

}  // namespace
}  // namespace convcheck::properties
