// SPDX-License-Identifier: Apache-2.0
// convcheck replay: the counterexamples of a report or a directory, run again.
#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/reproducer.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "core/file.hpp"
#include "properties/passes.hpp"
#include "reports/read.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  std::string report;
  std::string engine;
  OutputOptions output;
  double timeout_seconds = 60;
};

// The case of a report's counterexample; kBadInput where report and law do not fit each other.
Result<Case> read_case(const properties::Law& law, const reports::CounterexampleEntry& entry) {
  Result<NamedChain> parsed = parse_chain(entry.problem);
  if (!parsed) return fail(parsed.error().code, "counterexample: {}", parsed.error().message);
  Case c{parsed->chain, {}, entry.environment};
  const properties::LawOperands specs = law.operands(c.chain);
  if (entry.operands.empty() && !specs.empty())
    return fail(ErrorCode::kBadInput,
                "the counterexample of {} on {} is too large for a report; use its reproducer",
                law.id, entry.problem);
  for (const OperandSpec& spec : specs) {
    if (spec.written) continue;
    const auto at = std::find_if(entry.operands.begin(), entry.operands.end(),
                                 [&](const auto& named) { return named.first == spec.name; });
    if (at == entry.operands.end() || at->second.type() != spec.type ||
        at->second.shape() != spec.shape)
      return fail(ErrorCode::kBadInput, "counterexample of {} on {}: operand {} should be {} {}",
                  law.id, entry.problem, spec.name, to_string(spec.type), to_string(spec.shape));
    c.operands.push_back(at->second);
  }
  return c;
}

properties::VerdictKind kind_of(properties::Judgement::Kind kind) {
  using J = properties::Judgement::Kind;
  using V = properties::VerdictKind;
  switch (kind) {
    case J::kHolds:
      return V::kHolds;
    case J::kViolated:
    case J::kEngineFailed:
      return V::kRefuted;
    case J::kVacuous:
      return V::kVacuous;
    case J::kNotApplicable:
      return V::kNotApplicable;
    case J::kCrashed:
      return V::kCrashed;
    case J::kTimedOut:
      return V::kTimedOut;
  }
  return V::kGaveUp;
}

// The cases of a report, or the one of a reproducer's directory.
Result<std::vector<ReadReproducer>> read_cases(const std::string& path) {
  std::vector<ReadReproducer> cases;
  if (std::filesystem::is_directory(path)) {
    CONVCHECK_ASSIGN(ReadReproducer one, read_reproducer(path));
    cases.push_back(std::move(one));
    return cases;
  }
  CONVCHECK_ASSIGN(const std::string text, read_file(path));
  CONVCHECK_ASSIGN(std::vector<reports::VerdictEntry> verdicts,
                   reports::read_counterexamples(text, path));
  for (reports::VerdictEntry& old : verdicts) {
    const properties::Law* law = find_check(old.check);
    if (law == nullptr)
      return fail(ErrorCode::kBadInput, "{}: there is no law or pass '{}'", path, old.check);
    Result<Case> c = read_case(*law, *old.counterexample);
    if (!c) return fail(c.error().code, "{}: {}", path, c.error().message);
    cases.push_back({std::move(old), *std::move(c)});
  }
  return cases;
}

int replay(const Options& o, const std::vector<std::string>& arguments) {
  const Result<std::vector<ReadReproducer>> cases = read_cases(o.report);
  if (!cases) return report_error(cases.error());
  if (cases->empty()) {
    std::fprintf(stderr, "convcheck: %s has no counterexamples\n", o.report.c_str());
    return kExitNothingRan;
  }
  catch_interrupts();
  const Stopwatch watch;
  reports::Document document = new_document("replay", arguments);
  StartOptions start;
  start.case_timeout_seconds = o.timeout_seconds;
  std::map<std::string, std::unique_ptr<Runner>> runners;
  bool all_started = true;
  for (const auto& [old, c] : *cases) {
    if (interrupted()) break;
    const properties::Law* law = find_check(old.check);
    const std::string name = o.engine.empty() ? old.engine : o.engine;
    if (!runners.contains(name)) {
      EngineSet set = start_engines({name}, start, document);
      all_started = all_started && set.all_started;
      runners[name] = set.runners.empty() ? nullptr : std::move(set.runners.front());
    }
    Runner* runner = runners[name].get();
    if (runner == nullptr) continue;
    const properties::Judgement judgement = law->holds(*runner, c);
    properties::Verdict verdict;
    verdict.law = law->id;
    verdict.engine = name;
    verdict.problem = to_string(c.chain);
    verdict.kind = kind_of(judgement.kind);
    verdict.cases = verdict.kind == properties::VerdictKind::kNotApplicable ? 0 : 1;
    verdict.detail = judgement.detail;
    if (judgement.is_bad()) verdict.counterexample = c;
    verdict.judgement = judgement;
    document.verdicts.push_back(verdict_entry(*law, verdict, properties::Level::kRecommended));
    const bool again = judgement.is_bad();
    fmt::print("{} on {}, {}: {}\n", old.check, verdict.problem, name,
               again ? "seen again"
                     : fmt::format("not seen again ({})", properties::to_string(verdict.kind)));
  }
  document.complete = !interrupted();
  return finish(document, {o.output, all_started, false, watch.seconds()});
}

}  // namespace

void add_replay(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("replay",
                                         "Run the counterexamples of a JSON report, or that of a "
                                         "reproducer's directory, again; exit 1 "
                                         "if one is seen again");
  command->add_option("report", o->report, "A report that --json wrote, or a directory beside it")
      ->required();
  command->add_option("--engine", o->engine, "Run them on this engine instead of the reported one");
  command->add_option("--timeout", o->timeout_seconds, "Seconds that one case may take")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return replay(*o, arguments); }; });
}

}  // namespace convcheck::cli
