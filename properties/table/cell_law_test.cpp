// SPDX-License-Identifier: Apache-2.0
// The table's cells as laws: on the reference, on our own engine, found by chance and shrunk.
#include "properties/table/cell_law.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/Random.h>

#include "core/problem_text.hpp"
#include "optimized/engine.hpp"
#include "peers/in_process_runner.hpp"
#include "properties/check_law.hpp"
#include "properties/mutants.hpp"
#include "properties/shrink.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties::table {
namespace {

std::unique_ptr<Runner> reference_runner() {
  return std::make_unique<peers::InProcessRunner>(reference::make_reference_engine());
}

TEST(CellLaw, ChainsStandForShapes) {
  Random random(1);
  for (const Cell& cell : all_cells()) {
    const Law* law = cell_law(cell);
    if (expectation(cell).truth == CellTruth::kIllTyped) {
      EXPECT_EQ(law, nullptr);
      continue;
    }
    EXPECT_EQ(find_law(to_string(cell)), law);
    EXPECT_EQ(law->id, to_string(cell));
    const Chain chain = law->draw(random);
    ASSERT_TRUE(law->in_domain(chain)) << law->id << " " << to_string(chain);
    EXPECT_EQ(chain_of(cell, *shape_of(cell, chain)), chain) << law->id;
    const Case c = law->make_case(chain, 7);
    const LawOperands specs = law->operands(chain);
    ASSERT_EQ(specs.size(), c.operands.size()) << law->id;
    for (std::size_t i = 0; i < specs.size(); ++i)
      EXPECT_EQ(specs[i].shape, c.operands[i].shape()) << law->id;
  }
  EXPECT_EQ(find_law("commutative:conv:full:grouped"), nullptr);
  EXPECT_FALSE(
      find_law("shift:conv:full:1-D")->in_domain(*parse_chain("ic1iw4oc1ow4kw3pw1").map([](auto n) {
        return n.chain;
      })));
}

// Shapes are drawn until one is the law's, and some cells, dilated adjoints in three dimensions,
// ran out of draws.
TEST(CellLaw, EveryCellDrawsShapesOfItsOwn) {
  Random random(2);
  for (const Cell& cell : all_cells()) {
    const Law* law = cell_law(cell);
    if (law == nullptr) continue;
    for (int i = 0; i < 50; ++i) {
      const Chain chain = law->draw(random);
      ASSERT_TRUE(law->in_domain(chain)) << law->id << " " << to_string(chain);
    }
  }
}

// What the engine computes is what exact integers give, verdict by verdict.
TEST(CellLaw, TheReferenceAgreesWithTheTable) {
  const auto runner = reference_runner();
  for (const Cell& cell : all_cells()) {
    const Law* law = cell_law(cell);
    if (law == nullptr) continue;
    const Verdict verdict = check_law(*law, *runner, {.cases = 4, .data = DataKind::kExact});
    EXPECT_FALSE(is_failure(verdict, law->expected)) << law->id << ": " << verdict.detail;
    EXPECT_GT(verdict.cases, 0) << law->id;
    if (law->expected == Truth::kTrue) {
      EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << law->id << ": " << verdict.detail;
      continue;
    }
    // The same counterexample as in exact arithmetic.
    const auto expected = smallest(cell, Agreement::kByValue, search_limit(cell));
    EXPECT_EQ(data_text(*law, *verdict.counterexample), data_text(*law, case_of(cell, *expected)));
  }
}

TEST(CellLaw, FloatingEnginesAreJudgedOnDataThatRound) {
  peers::InProcessRunner optimized(*optimized::make_engine("auto"));
  double most = 0;
  for (const Cell& cell : all_cells()) {
    const Law* law = cell_law(cell);
    if (law == nullptr || law->expected == Truth::kFalse) continue;
    const Verdict verdict =
        check_law(*law, optimized, {.seed = 3, .cases = 3, .data = DataKind::kRounding});
    EXPECT_FALSE(is_failure(verdict, law->expected)) << law->id << ": " << verdict.detail;
    if (verdict.bound_used) most = std::max(most, *verdict.bound_used);
  }
  // The bounds are no formality: rounding uses a good part of some.
  EXPECT_GT(most, 0.1);
  EXPECT_LE(most, 1);
}

// A result that is off by a part in 2^18 is a rounding error to nobody.
TEST(CellLaw, TheBoundsSeeALowPrecisionAccumulator) {
  peers::InProcessRunner half(*make_mutant("mutant:half-accumulator"));
  const Law* law = find_law("associative:conv:full:1-D");
  EXPECT_EQ(check_law(*law, half, {.cases = 50, .data = DataKind::kRounding}).kind,
            VerdictKind::kRefuted);
}

// From whatever case a random search meets first, the shrinker comes to the smallest one.
TEST(CellLaw, ARandomSearchShrinksToTheSmallestCounterexample) {
  const auto runner = reference_runner();
  int shrunk_cases = 0;
  for (const Cell& cell : all_cells()) {
    const Law* law = cell_law(cell);
    if (law == nullptr || law->expected == Truth::kTrue) continue;
    const rc::Gen<Case> generator = cases(*law, DataKind::kExact);
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const Case c = generator(rc::Random(seed)).value();
      const Judgement judgement = law->holds(*runner, c);
      if (!judgement.is_bad()) continue;
      const Shrunk shrunk = shrink_to_minimum(*law, *runner, c, judgement);
      EXPECT_EQ(data_text(*law, shrunk.smallest), law->counterexample) << law->id;
      ++shrunk_cases;
      break;
    }
  }
  EXPECT_EQ(shrunk_cases, std::count_if(all_cells().begin(), all_cells().end(), [](const Cell& c) {
              const Law* law = cell_law(c);
              return law != nullptr && law->expected == Truth::kFalse;
            }));
}

}  // namespace
}  // namespace convcheck::properties::table
