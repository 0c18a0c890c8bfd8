// SPDX-License-Identifier: Apache-2.0
// Law cases a second on one core: the 1-D cells of the law table in exact integers, as the command
// judges them. For developers: convcheck_law_speed.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "optimized/engine.hpp"
#include "peers/in_process_runner.hpp"
#include "properties/table/cell_law.hpp"
#include "properties/table/proof.hpp"
#include "reference/naive_engine.hpp"
#include "reference/oracle.hpp"

namespace {

using namespace convcheck;                     // NOLINT(google-build-using-namespace)
using namespace convcheck::properties::table;  // NOLINT(google-build-using-namespace)
using properties::Judgement;

// Of one cell in turn, as many as `convcheck laws` takes.
constexpr int kCases = 2000;

std::vector<Cell> true_cells() {
  std::vector<Cell> cells;
  std::copy_if(all_cells().begin(), all_cells().end(), std::back_inserter(cells),
               [](const Cell& cell) {
                 return cell.kind == Kind::k1D && expectation(cell).truth == CellTruth::kTrue;
               });
  return cells;
}

// Counts what could have shown a violation; one that does ends the measurement.
void count(benchmark::State& state, Judgement::Kind kind, std::int64_t& cases) {
  if (kind == Judgement::Kind::kHolds) ++cases;
  if (kind == Judgement::Kind::kViolated) state.SkipWithError("a true cell is refuted");
}

// Drawn and judged by the exact judge: no engine takes part.
void exact(benchmark::State& state, const std::vector<Cell>& cells) {
  std::int64_t cases = 0;
  std::size_t next = 0;
  std::vector<std::int64_t> values;
  for (auto _ : state) {
    const Cell& cell = cells[next % cells.size()];
    ExactJudge judge(cell);
    Random random(++next);
    for (int i = 0; i < kCases; ++i) {
      const CaseShape shape = draw_shape(cell, random);
      values.resize(static_cast<std::size_t>(operand_shapes(cell, shape).count()));
      for (std::int64_t& v : values) v = random.between(-9, 9);
      cases += judge.judge(shape, values.data()) == Agreement::kEqual ? 1 : 0;
    }
  }
  state.SetItemsProcessed(cases);
}

// Drawn and judged with the products of an engine on the problems that its runner holds.
void quick(benchmark::State& state, const std::vector<Cell>& cells, Runner& runner) {
  std::int64_t cases = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const auto drawn = cell_law(cells[next % cells.size()])->quick(runner);
    Random random(++next);
    for (int i = 0; i < kCases; ++i) count(state, drawn->next(random), cases);
  }
  state.SetItemsProcessed(cases);
}

// The law itself, which makes a Case and asks Runner::run.
void one_by_one(benchmark::State& state, const std::vector<Cell>& cells, Runner& runner) {
  std::int64_t cases = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const properties::Law& law = *cell_law(cells[next % cells.size()]);
    Random random(++next);
    for (int i = 0; i < kCases / 100; ++i) {
      const Case c = law.make_case(law.draw(random), random.next());
      count(state, law.holds(runner, c).kind, cases);
    }
  }
  state.SetItemsProcessed(cases);
}

void add(const std::string& name, const std::function<void(benchmark::State&)>& run) {
  benchmark::RegisterBenchmark(name.c_str(), run);
}

}  // namespace

int main(int argc, char** argv) {
  peers::InProcessRunner naive(reference::make_naive_engine());
  peers::InProcessRunner optimized(*optimized::make_engine("auto"));
  peers::InProcessRunner reference(reference::make_reference_engine());
  const std::vector<Runner*> runners = {&naive, &optimized, &reference};
  const auto add_rows = [&](const std::string& what, const std::vector<Cell>& cells) {
    add("exact-integers/" + what, [cells](benchmark::State& state) { exact(state, cells); });
    for (Runner* runner : runners) {
      const std::string& name = runner->engine().name;
      add(fmt::format("{}/{}", name, what),
          [cells, runner](benchmark::State& state) { quick(state, cells, *runner); });
      add(fmt::format("{}-one-by-one/{}", name, what),
          [cells, runner](benchmark::State& state) { one_by_one(state, cells, *runner); });
    }
  };
  add_rows("all-1-D", true_cells());
  for (const Cell& cell : true_cells()) add_rows(to_string(cell), {cell});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
