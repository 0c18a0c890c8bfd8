// SPDX-License-Identifier: Apache-2.0
// convcheck validate: engines against the exact reference, over suites of problems.
#include "properties/validate.hpp"

#include <fmt/core.h>

#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  EngineOptions engines;
  ProblemOptions problems;
  OutputOptions output;
  std::string threads = "1,2";
  std::string profile = "standard";
  std::string passes;
  std::string level = "required";
  std::uint64_t seed = 1;
  double timeout_seconds = 60;
  double memory_gib = 0;
  bool strict = false;
};

// Lines of one suite, in order: the unit that one call of the judge takes.
struct SuiteGroup {
  std::string suite;
  std::vector<SuiteLine> lines;
};

std::vector<SuiteGroup> group(const std::vector<ProblemOptions::Line>& lines) {
  std::vector<SuiteGroup> groups;
  for (const ProblemOptions::Line& line : lines) {
    if (groups.empty() || groups.back().suite != line.suite) groups.push_back({line.suite, {}});
    groups.back().lines.push_back(line.line);
  }
  return groups;
}

Result<std::vector<properties::Pass>> parse_passes(const std::string& text) {
  std::vector<properties::Pass> passes(properties::kPasses.begin(), properties::kPasses.end());
  if (text.empty()) return passes;
  passes.clear();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string name = text.substr(at, comma - at);
    const std::optional<properties::Pass> pass = properties::parse_pass(name);
    if (!pass) {
      std::string known;
      for (const properties::Pass p : properties::kPasses)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", to_string(p));
      return fail(ErrorCode::kBadInput, "--passes: '{}' is no pass; the passes are {}", name,
                  known);
    }
    passes.push_back(*pass);
    at = comma + 1;
  }
  return passes;
}

Result<properties::ValidateOptions> validate_options(const Options& o) {
  properties::ValidateOptions options;
  options.seed = o.seed;
  CONVCHECK_ASSIGN(options.threads, parse_thread_list(o.threads));
  options.profile = *properties::parse_profile(o.profile);
  CONVCHECK_ASSIGN(options.passes, parse_passes(o.passes));
  options.oracle_threads = 2;
  return options;
}

int validate(const Options& o, const std::vector<std::string>& arguments) {
  const Result<std::vector<std::string>> names = o.engines.resolve();
  if (!names) return report_error(names.error());
  const Result<std::vector<ProblemOptions::Line>> lines = o.problems.load();
  if (!lines) return report_error(lines.error());
  const Result<properties::ValidateOptions> options = validate_options(o);
  if (!options) return report_error(options.error());
  const auto asked =
      o.level == "recommended" ? properties::Level::kRecommended : properties::Level::kRequired;
  catch_interrupts();
  const Stopwatch watch;
  reports::Document document = new_document("validate", arguments);
  StartOptions start;
  start.case_timeout_seconds = o.timeout_seconds;
  start.memory_limit_bytes = static_cast<std::uint64_t>(o.memory_gib * (1 << 30));
  const EngineSet engines = start_engines(*names, start, document);
  Progress progress(o.output.quiet);
  for (const std::unique_ptr<Runner>& runner : engines.runners) {
    for (const SuiteGroup& suite : group(*lines)) {
      if (interrupted()) break;
      const auto show = [&](const properties::ValidateProgress& p) {
        progress.show(fmt::format(
            "{} {} {}/{} {}{}", runner->engine().name, suite.suite, p.done, p.total,
            p.failures == 0 ? "" : fmt::format("({} failures) ", p.failures), p.problem));
        return !interrupted();
      };
      const properties::ValidationResult result =
          properties::validate_engine(*runner, suite.lines, *options, show);
      document.complete = document.complete && result.complete;
      add_validation(result, suite.suite, asked, document);
    }
  }
  document.complete = document.complete && !interrupted();
  progress.clear();
  if (!document.verdicts.empty()) {
    fmt::print("Verdicts that hold, engine by pass:\n\n{}\n{}",
               reports::to_text(reports::verdict_table(document)), verdict_summary(document));
  }
  return finish(document, {o.output, engines.all_started, o.strict, watch.seconds()});
}

}  // namespace

void add_validate(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "validate",
      "Judge engines against the exact reference, problem by problem, in a worker each");
  o->engines.add_to(*command, "optimized,onednn");
  o->problems.add_to(*command, {"edge"});
  command->add_option("--threads", o->threads, "Thread counts to judge, such as 1,2")
      ->capture_default_str();
  command->add_option("--profile", o->profile, "smoke: the least of every pass; standard: all")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--passes", o->passes,
                      "Only these, comma-separated (docs/validation.md); all by default");
  command->add_option("--level", o->level, "Fail on required demands, or on recommended ones, too")
      ->check(CLI::IsMember({"required", "recommended"}))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "Seed of the data")->capture_default_str();
  command->add_option("--timeout", o->timeout_seconds, "Seconds that one case may take")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--memory-limit", o->memory_gib,
                   "GiB that an engine's process may take; half of the machine's by default")
      ->check(CLI::Range(0.0, 65536.0));
  command->add_flag("--strict", o->strict, "Exit 4 if anything was inconclusive");
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return validate(*o, arguments); }; });
}

}  // namespace convcheck::cli
