// SPDX-License-Identifier: Apache-2.0
// Quick cases judge as the law does, on engines that are right and on planted bugs.
#include "properties/table/quick_cell.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string_view>

#include "core/problem_text.hpp"
#include "optimized/engine.hpp"
#include "peers/in_process_runner.hpp"
#include "properties/canary_runner.hpp"
#include "properties/check_law.hpp"
#include "properties/innocents.hpp"
#include "properties/mutants.hpp"
#include "properties/table/cell_law.hpp"
#include "reference/naive_engine.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties::table {
namespace {

using Kind = Judgement::Kind;

std::vector<Cell> true_cells() {
  std::vector<Cell> cells;
  for (const Cell& cell : all_cells()) {
    if (expectation(cell).truth == CellTruth::kTrue) cells.push_back(cell);
  }
  return cells;
}

// Calls see(cell, quick, by the law) on cases of the cells.
template <typename See>
void compare_judgements(const std::vector<Cell>& cells, Runner& quick, Runner& slow, int cases,
                        const See& see) {
  for (const Cell& cell : cells) {
    const Law& law = *cell_law(cell);
    const std::unique_ptr<QuickCases> drawn = law.quick(quick);
    Random random(stable_hash(law.id));
    for (int i = 0; i < cases; ++i) {
      const Kind kind = drawn->next(random);
      const Case c = drawn->last();
      ASSERT_TRUE(law.in_domain(c.chain)) << law.id << " " << to_string(c.chain);
      see(law, kind, law.holds(slow, c).kind, c);
    }
  }
}

TEST(QuickCell, JudgesAsTheLawDoes) {
  peers::InProcessRunner slow(reference::make_reference_engine());
  peers::InProcessRunner naive(reference::make_naive_engine());
  peers::InProcessRunner optimized(*optimized::make_engine("auto"));
  std::map<Kind, int> kinds;
  for (Runner* quick : {static_cast<Runner*>(&naive), static_cast<Runner*>(&optimized)}) {
    compare_judgements(true_cells(), *quick, slow, 12,
                       [&](const Law& law, Kind found, Kind expected, const Case& c) {
                         EXPECT_EQ(found, expected) << law.id << " " << data_text(law, c);
                         ++kinds[found];
                       });
  }
  EXPECT_GT(kinds[Kind::kHolds], 10000);
  EXPECT_GT(kinds[Kind::kVacuous], 100);
}

// Whatever the law sees on a plan of its own, quick cases see on plans that served others.
TEST(QuickCell, RefutesTheBugsThatTheLawRefutes) {
  std::vector<Cell> cells;
  for (const Cell& cell : true_cells()) {
    if (cell.kind == table::Kind::k1D || cell.kind == table::Kind::kGrouped) cells.push_back(cell);
  }
  std::int64_t both = 0;
  std::int64_t quick_alone = 0;
  std::set<std::string_view> seen;
  for (const Mutant* mutant : mutants()) {
    // These write or read where they may not, which no runner here confines; races go by chance.
    if (mutant->needs_worker || mutant->kind == "OOBR" || mutant->kind == "OOBW" ||
        mutant->kind == "RACE")
      continue;
    peers::InProcessRunner quick(*make_mutant(mutant->name));
    const auto slow = make_canary_runner(*make_mutant(mutant->name));
    compare_judgements(cells, quick, *slow, 2,
                       [&](const Law& law, Kind found, Kind expected, const Case& c) {
                         // What only the first run of a plan does, later ones do not show.
                         if (expected == Kind::kViolated && mutant->name != "first-run") {
                           EXPECT_EQ(found, Kind::kViolated)
                               << mutant->name << " " << law.id << " " << data_text(law, c);
                           ++both;
                         } else if (found == Kind::kViolated) {
                           ++quick_alone;
                         }
                         if (found == Kind::kViolated) seen.insert(mutant->name);
                       });
  }
  EXPECT_GT(both, 1000);
  // Bugs of plans that are used again.
  EXPECT_GT(quick_alone, 0);
  EXPECT_TRUE(seen.count("second-call"));
  EXPECT_TRUE(seen.count("first-run"));
  EXPECT_GT(seen.size(), 30U);
  RecordProperty("bugs_seen", static_cast<int>(seen.size()));
}

TEST(QuickCell, AccusesNoInnocent) {
  for (const Innocent* innocent : innocents()) {
    peers::InProcessRunner runner(*make_innocent(innocent->name));
    for (const char* id : {"associative:conv:full:1-D", "stacking:corr:strided:1-D",
                           "adjoint:corr:dilated:grouped", "shift:conv:circular:2-D"}) {
      const Verdict verdict = check_law(*find_law(id), runner, {.cases = 1, .quick_cases = 200});
      EXPECT_FALSE(is_failure(verdict, Truth::kTrue))
          << innocent->name << " " << id << " " << verdict.detail;
    }
  }
}

TEST(QuickCell, ManyShapesAndTheSameCasesForASeed) {
  peers::InProcessRunner runner(reference::make_naive_engine());
  const Law& law = *find_law("associative:conv:full:1-D");
  const auto first = law.quick(runner);
  const auto again = law.quick(runner);
  Random random(5);
  Random same(5);
  std::set<std::string> shapes;
  for (int i = 0; i < 8000; ++i) {
    EXPECT_EQ(first->next(random), again->next(same));
    if (i % 8 == 0) shapes.insert(to_string(first->last().chain));
    if (i % 100 != 0) continue;
    EXPECT_EQ(first->last().operands, again->last().operands);
  }
  EXPECT_GT(shapes.size(), 250U);
}

// An engine that is wrong from the n-th run of a plan on.
class Tiring final : public Bug {
 public:
  explicit Tiring(std::int64_t runs) : runs_(runs) {}
  void after(const ConvProblem& p, const CallState& call,
             const convcheck::Operands& operands) const override {
    if (call.runs >= runs_) spoil(p, operands, 0, [](float v) { return v + 1; });
  }

 private:
  const std::int64_t runs_;
};

TEST(QuickCell, AViolationIsConfirmedAndShrunk) {
  peers::InProcessRunner runner(*make_mutant("vector-tail-shifted"));
  const Law& law = *find_law("associative:conv:full:1-D");
  const Verdict verdict = check_law(law, runner, {.cases = 1, .quick_cases = 20000});
  ASSERT_EQ(verdict.kind, VerdictKind::kRefuted);
  ASSERT_TRUE(verdict.counterexample);
  EXPECT_TRUE(law.holds(runner, *verdict.counterexample).is_bad());
}

TEST(QuickCell, APlanThatTiresIsRefuted) {
  const Law& law = *find_law("identity-right:conv:full:1-D");
  peers::InProcessRunner runner(make_planted_engine("tiring", std::make_unique<Tiring>(100)));
  EXPECT_EQ(check_law(law, runner, {.cases = 1}).kind, VerdictKind::kHolds);
  const Verdict verdict = check_law(law, runner, {.cases = 1, .quick_cases = 20000});
  ASSERT_EQ(verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(verdict.detail.find("served other cases"), std::string::npos) << verdict.detail;
}

TEST(QuickCell, ARunnerThatHoldsNothingAddsNothing) {
  const auto canaries = make_canary_runner(reference::make_naive_engine());
  const Law& law = *find_law("commutative:conv:full:1-D");
  const Verdict verdict = check_law(law, *canaries, {.cases = 5, .quick_cases = 1000});
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds);
  EXPECT_LT(verdict.cases, 100);
  peers::InProcessRunner naive(reference::make_naive_engine());
  EXPECT_GE(check_law(law, naive, {.cases = 5, .quick_cases = 1000}).cases, 1005);
}

}  // namespace
}  // namespace convcheck::properties::table
