// SPDX-License-Identifier: Apache-2.0
// convcheck laws: every statement about convolution, judged on engines.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "properties/check_law.hpp"
#include "reports/markdown.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

using properties::Law;

struct Options {
  EngineOptions engines;
  OutputOptions output;
  std::vector<std::string> laws;
  std::uint64_t seed = 1;
  std::int64_t cases = 100;
  std::string level = "required";
  bool strict = false;
  bool list = false;
};

Result<std::vector<const Law*>> chosen_laws(const std::vector<std::string>& ids) {
  if (ids.empty()) return properties::laws();
  std::vector<const Law*> list;
  for (const std::string& id : ids) {
    const Law* law = properties::find_law(id);
    if (law == nullptr)
      return fail(ErrorCode::kBadInput,
                  "--law {}: no law of that name; `convcheck laws --list` "
                  "prints them",
                  id);
    list.push_back(law);
  }
  return list;
}

int list_laws(const std::vector<const Law*>& laws) {
  for (const Law* law : laws)
    fmt::print("{:<28} {}{}\n{:<28} {}\n", law->id,
               law->expected == properties::Truth::kFalse ? "FALSE: " : "", law->statement, "",
               law->source);
  return kExitOk;
}

// Statement, expected, found, cases: one row a law and engine.
reports::Table law_table(const reports::Document& document) {
  reports::Table table;
  table.rows.push_back({"law", "engine", "expected", "found", "cases", ""});
  for (const reports::VerdictEntry& v : document.verdicts) {
    std::string note = v.detail;
    if (v.verdict == "refuted" && v.counterexample) {
      note.clear();
      for (const auto& [name, tensor] : v.counterexample->operands) {
        if (tensor.count() > 8) continue;
        note +=
            fmt::format("{}{}={}", note.empty() ? "" : " ", name, reports::tensor_text(tensor, 8));
      }
    }
    table.rows.push_back({v.check, v.engine, v.expected, v.failure ? v.verdict + " !" : v.verdict,
                          fmt::format("{}", v.cases), note.substr(0, 100)});
  }
  return table;
}

int run_laws(const Options& o, const std::vector<std::string>& arguments) {
  const Result<std::vector<const Law*>> laws = chosen_laws(o.laws);
  if (!laws) return report_error(laws.error());
  if (o.list) return list_laws(*laws);
  const Result<std::vector<std::string>> names = o.engines.resolve();
  if (!names) return report_error(names.error());
  const auto asked =
      o.level == "recommended" ? properties::Level::kRecommended : properties::Level::kRequired;
  catch_interrupts();
  const Stopwatch watch;
  reports::Document document = new_document("laws", arguments);
  StartOptions start;
  start.in_process = true;
  const EngineSet engines = start_engines(*names, start, document);
  Progress progress(o.output.quiet);
  properties::CheckOptions options;
  options.seed = o.seed;
  options.cases = o.cases;
  for (const std::unique_ptr<Runner>& runner : engines.runners) {
    for (const Law* law : *laws) {
      if (interrupted()) break;
      progress.show(fmt::format("{} {}", runner->engine().name, law->id));
      document.verdicts.push_back(
          verdict_entry(*law, properties::check_law(*law, *runner, options), asked));
    }
  }
  document.complete = !interrupted();
  progress.clear();
  if (!document.verdicts.empty())
    fmt::print("{}\n{}", reports::to_text(law_table(document)), verdict_summary(document));
  return finish(document, {o.output, engines.all_started, o.strict, watch.seconds()});
}

}  // namespace

void add_laws(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "laws",
      "Judge every law of convolution and cross-correlation; the false ones must be refuted");
  o->engines.add_to(*command, "reference");
  command->add_option("--law", o->laws, "Only this law, by its id. Repeatable")
      ->take_all()
      ->expected(1);
  command->add_option("--seed", o->seed, "Seed of the random cases")->capture_default_str();
  command->add_option("--cases", o->cases, "Cases a law")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}))
      ->capture_default_str();
  command->add_option("--level", o->level, "Fail on required laws, or on recommended ones, too")
      ->check(CLI::IsMember({"required", "recommended"}))
      ->capture_default_str();
  command->add_flag("--strict", o->strict, "Exit 4 if anything was inconclusive");
  command->add_flag("--list", o->list, "Print the laws and their sources, run nothing");
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return run_laws(*o, arguments); }; });
}

}  // namespace convcheck::cli
