// SPDX-License-Identifier: Apache-2.0
#include "properties/power.hpp"

#include <algorithm>
#include <cmath>

namespace convcheck::properties {
namespace {

class PowerRun {
 public:
  PowerRun(const StartMutant& start, const ValidateOptions& options, const PowerOptions& power)
      : start_(start),
        options_(options),
        showing_problems_(power.showing_problems),
        expectations_(options) {
    for (const Mutant* mutant : mutants()) {
      if (power.takes != nullptr && !power.takes(*mutant)) continue;
      rows_.push_back({.mutant = mutant, .found = {}, .problems = 0, .error = {}});
      bugs_.emplace_back();
    }
  }

  void ask(const Chain& chain) {
    const std::vector<PassCase> cases = problem_cases(chain, options_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!bugs_[i].done) ask(chain, cases, rows_[i], bugs_[i]);
    }
    expectations_.clear();
  }

  Power result() && { return {std::move(rows_), 0, true}; }

 private:
  struct Judged {
    std::unique_ptr<Runner> runner;
    std::int64_t shown = 0;  // Problems on which some pass found it.
    bool done = false;
  };

  void ask(const Chain& chain, const std::vector<PassCase>& cases, PowerRow& row, Judged& bug) {
    if (!bug.runner) {
      Result<std::unique_ptr<Runner>> started = start_(*row.mutant);
      if (!started) {
        row.error = started.error().message;
        bug.done = true;
        return;
      }
      bug.runner = *std::move(started);
    }
    if (!bug.runner->supports(chain)) return;
    if (!row.seen()) ++row.problems;
    bool shows = false;
    for (const PassCase& pass_case : cases) {
      std::string& found = row.found[static_cast<std::size_t>(pass_case.pass)];
      const bool wanted = std::find(options_.passes.begin(), options_.passes.end(),
                                    pass_case.pass) != options_.passes.end();
      if (!wanted || !found.empty()) continue;
      const Result<PassQuestion> question = expectations_.question(chain, pass_case);
      if (!question) continue;
      if (!judge_case(*bug.runner, question->c, *question->expectation).judgement.is_bad())
        continue;
      found = to_string(question->c.chain);
      shows = true;
      if (showing_problems_ == 0) break;
    }
    bug.shown += shows ? 1 : 0;
    bug.done = bug.shown > 0 && bug.shown >= showing_problems_;
    if (bug.done) bug.runner.reset();  // A process of its own, perhaps.
  }

  const StartMutant& start_;
  const ValidateOptions& options_;
  std::int64_t showing_problems_;
  ProblemExpectations expectations_;
  std::vector<PowerRow> rows_;
  std::vector<Judged> bugs_;
};

}  // namespace

bool PowerRow::seen() const {
  return std::any_of(found.begin(), found.end(), [](const std::string& p) { return !p.empty(); });
}

std::int64_t Power::seen() const {
  return std::count_if(rows.begin(), rows.end(), [](const PowerRow& row) { return row.seen(); });
}

std::string Power::summary() const {
  std::string missed;
  for (const PowerRow& row : rows)
    if (!row.seen())
      missed += fmt::format("{}{}", missed.empty() ? "; not " : ", ", row.mutant->name);
  return fmt::format("saw {} of {} planted bugs{}", seen(), rows.size(), missed);
}

namespace {

// Elements count as products do: placing and comparing them takes time, too.
double work(const Chain& chain) { return chain.nominal_macs() + operand_elements(chain); }

}  // namespace

Power measure_power(const StartMutant& start, std::span<const SuiteLine> lines,
                    const ValidateOptions& options, const PowerOptions& power,
                    const ProgressFn& progress) {
  std::vector<const Chain*> chains;
  for (const SuiteLine& line : lines)
    if (line.problem.chain.nominal_macs() <= power.max_macs) chains.push_back(&line.problem.chain);
  std::stable_sort(chains.begin(), chains.end(),
                   [](const Chain* a, const Chain* b) { return work(*a) < work(*b); });
  PowerRun run(start, options, power);
  bool complete = true;
  for (std::size_t i = 0; i < chains.size() && complete; ++i) {
    complete = !progress || progress({i, chains.size(), to_string(*chains[i]), 0});
    if (complete) run.ask(*chains[i]);
  }
  Power result = std::move(run).result();
  result.complete = complete;
  result.asked = static_cast<std::int64_t>(chains.size());
  return result;
}

double escape_chance(double share, std::int64_t problems) {
  return std::pow(1 - share, static_cast<double>(problems));
}

}  // namespace convcheck::properties
