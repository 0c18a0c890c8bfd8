// SPDX-License-Identifier: Apache-2.0
// convcheck laws: every statement about convolution, judged on engines.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/build_info.hpp"
#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/law_table.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "properties/check_law.hpp"
#include "properties/table/cell_law.hpp"
#include "reports/markdown.hpp"
#include "reports/statements.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

using properties::Law;
using properties::table::Cell;

struct Options {
  EngineOptions engines;
  OutputOptions output;
  std::vector<std::string> laws;
  std::vector<std::string> settings;
  std::uint64_t seed = 1;
  std::int64_t cases = 100;
  std::string level = "required";
  bool strict = false;
  bool list = false;
};

// What is judged: laws of the registry, cells of the table.
struct Chosen {
  std::vector<const Law*> laws;
  std::vector<Cell> cells;
  std::vector<const properties::textbook::Check*> checks;
  bool whole = false;  // All of both: what the textbook statements rest on.
};

Result<Chosen> chosen(const Options& o) {
  Chosen result;
  std::vector<std::string> words;
  for (const std::string& id : o.laws) {
    if (const auto* check = named_check(id)) {
      result.checks.push_back(check);
      continue;
    }
    const Law* law = names_cells(id) ? nullptr : properties::find_law(id);
    if (law == nullptr && !names_cells(id))
      return fail(ErrorCode::kBadInput,
                  "--law {}: no law or statement of that name; `convcheck laws --list` prints them",
                  id);
    if (law == nullptr)
      words.push_back(id);
    else
      result.laws.push_back(law);
  }
  result.whole = o.laws.empty() && o.settings.empty();
  if (result.whole) {
    result.laws = properties::laws();
    for (const auto& check : properties::textbook::checks()) result.checks.push_back(&check);
  }
  if (o.laws.empty() || !words.empty()) {
    CONVCHECK_ASSIGN(result.cells, chosen_cells(words, o.settings));
  } else if (!o.settings.empty()) {
    return fail(
        ErrorCode::kBadInput,
        "--setting chooses among the statements of the table, and --law names none of them");
  }
  return result;
}

int list_laws(const Chosen& chosen) {
  for (const Law* law : chosen.laws)
    fmt::print("{:<31} {}{}\n{:<31} {}\n", law->id,
               law->expected == properties::Truth::kFalse ? "FALSE: " : "", law->statement, "",
               law->source);
  const properties::table::StatementInfo* last = nullptr;
  for (const Cell& cell : chosen.cells) {
    const auto& statement = properties::table::info(cell.statement);
    if (&statement == last) continue;
    last = &statement;
    fmt::print("{:<31} {}\n", statement.name,
               statement.convolution.empty() ? statement.correlation
               : statement.correlation.empty()
                   ? statement.convolution
                   : fmt::format("{};  {}", statement.convolution, statement.correlation));
  }
  return kExitOk;
}

// Statement, expected, found, cases: one row a law and engine.
reports::Table verdict_rows(const reports::Document& document, bool cells) {
  reports::Table table;
  table.rows.push_back({"law", "engine", "expected", "found", "cases", ""});
  for (const reports::VerdictEntry& v : document.verdicts) {
    if (names_cells(v.check) && !cells) continue;
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

// Few cells are printed row by row, the whole table as a table.
constexpr std::size_t kRows = 24;

void print(const Chosen& chosen, const reports::Document& document) {
  const bool rows = chosen.cells.size() <= kRows;
  if (rows || !chosen.laws.empty())
    fmt::print("{}\n", reports::to_text(verdict_rows(document, rows)));
  if (rows) return;
  std::vector<std::string> engines;
  for (const reports::VerdictEntry& v : document.verdicts) {
    if (std::find(engines.begin(), engines.end(), v.engine) == engines.end())
      engines.push_back(v.engine);
  }
  for (const std::string& engine : engines)
    fmt::print("{}\n", reports::to_text(law_table(chosen.cells, engine, document.verdicts)));
  fmt::print("{}\n", law_table_legend());
  const reports::Table refuted = counterexample_table(chosen.cells, document.verdicts);
  if (refuted.rows.size() > 1) fmt::print("{}\n", reports::to_text(refuted));
  if (!document.statements.empty())
    fmt::print("{}\n{}\n\n", reports::statements_text(document),
               reports::statement_counts(document));
}

// What exact integers are in the list of engines.
reports::EngineEntry exact_engine() {
  reports::EngineEntry entry;
  entry.name = kExactIntegers;
  entry.version = kBuildVersion;
  entry.loaded = "built in";
  entry.licence = "Apache-2.0";
  return entry;
}

int run_laws(const Options& o, const std::vector<std::string>& arguments) {
  const Result<Chosen> what = chosen(o);
  if (!what) return report_error(what.error());
  if (o.list) return list_laws(*what);
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
  const auto judge = [&](const Law& law, Runner& runner) {
    progress.show(fmt::format("{} {}", runner.engine().name, law.id));
    document.verdicts.push_back(
        verdict_entry(law, properties::check_law(law, runner, options), asked));
    // In terms of this command, which gives cells fewer cases than laws.
    document.verdicts.back().reproducer =
        fmt::format("convcheck laws --law {} --engine '{}' --seed {} --cases {}", law.id,
                    runner.engine().name, o.seed, o.cases);
  };
  for (const std::unique_ptr<Runner>& runner : engines.runners) {
    options.cases = o.cases;
    for (const Law* law : what->laws) {
      if (!interrupted()) judge(*law, *runner);
    }
    // There are many cells, and most say the same of other operands.
    options.cases = std::max<std::int64_t>(1, o.cases / 10);
    for (const Cell& cell : what->cells) {
      // One dimension is quickest, and its cells say what the others say again along axes.
      const bool quickest = cell.kind == properties::table::Kind::k1D;
      options.quick_cases = (quickest ? kExactCasesPerCase : kQuickCasesPerCase) * o.cases;
      const Law* law = properties::table::cell_law(cell);
      if (law != nullptr && !interrupted()) judge(*law, *runner);
    }
    if (runner->engine().name != "reference" || (what->cells.empty() && what->checks.empty()))
      continue;
    progress.show(kExactIntegers);
    document.engines.push_back(exact_engine());
    const auto add = [&](std::vector<reports::VerdictEntry> entries) {
      std::move(entries.begin(), entries.end(), std::back_inserter(document.verdicts));
    };
    add(exact_verdicts(what->cells, {.seed = o.seed, .random_cases = kExactCasesPerCase * o.cases},
                       [] { return interrupted(); }));
    add(check_verdicts(what->checks));
    if (what->whole)
      document.statements = statement_entries(runner->engine().name, document.verdicts);
  }
  document.complete = !interrupted();
  progress.clear();
  if (!document.verdicts.empty()) {
    print(*what, document);
    fmt::print("{}", verdict_summary(document));
  }
  return finish(document, {o.output, engines.all_started, o.strict, watch.seconds()});
}

}  // namespace

void add_laws(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "laws",
      "Judge every law of convolution and cross-correlation; the false ones must be refuted");
  o->engines.add_to(*command, "reference");
  command
      ->add_option("--law", o->laws,
                   "Only this law, statement of the table (associative), cell of it "
                   "(associative:corr:full:1-D) or check of a textbook statement "
                   "(check:even-origin). Repeatable")
      ->take_all()
      ->expected(1);
  command
      ->add_option("--setting", o->settings,
                   "Only the statements of the table, in this setting: full, valid, same-upper, "
                   "same-lower, strided, dilated, circular, reflect, replicate. Repeatable")
      ->take_all()
      ->expected(1);
  command->add_option("--seed", o->seed, "Seed of the random cases")->capture_default_str();
  command
      ->add_option(
          "--cases", o->cases,
          "Cases a law; a tenth of it for a cell of the table. True cells have more, of small "
          "integers, where the engine runs in this process: twenty times as many in one dimension, "
          "else twice as many; and with the reference every cell twenty times as many in exact "
          "integers, besides every signal up to length 4")
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
