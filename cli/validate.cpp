// SPDX-License-Identifier: Apache-2.0
// convcheck validate: engines against the exact reference, over suites of problems.
#include "properties/validate.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/expectations.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/reproducer.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "properties/power.hpp"
#include "properties/power_record.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  EngineOptions engines;
  ProblemOptions problems;
  OutputOptions output;
  std::string threads;
  std::string profile = "standard";
  std::string passes;
  std::string level = "required";
  std::string reproducers;
  ExpectationOptions expectations;
  std::uint64_t seed = 1;
  double timeout_seconds = 60;
  double memory_gib = 0;
  bool strict = false;
  bool demands = false;
  bool power = false;
};

// Numbers of threads that a profile judges unless others are asked for.
const char* default_threads(properties::Profile profile) {
  switch (profile) {
    case properties::Profile::kSmoke:
      return "1,2";
    case properties::Profile::kStandard:
      return "1,2,3,7";
    case properties::Profile::kThorough:
      return "1,2,3,7,33";
  }
  return "1";
}

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
  options.profile = *properties::parse_profile(o.profile);
  CONVCHECK_ASSIGN(
      options.threads,
      parse_thread_list(o.threads.empty() ? default_threads(options.profile) : o.threads));
  CONVCHECK_ASSIGN(options.passes, parse_passes(o.passes));
  options.oracle_threads = 2;
  return options;
}

// One that a planted bug's faults or concurrency cannot hurt gets no process of its own.
Result<std::unique_ptr<Runner>> start_mutant(const properties::Mutant& mutant) {
  StartOptions start;
  start.in_process = !mutant.needs_worker;
  return start_engine(fmt::format("mutant:{}", mutant.name), start);
}

// What a run of as many problems lets through of a fault that is rare.
reports::PowerEntry escapes_of(std::size_t problems) {
  reports::PowerEntry entry;
  entry.basis = "none";
  entry.problems = static_cast<std::int64_t>(problems);
  for (const double share : {0.01, 0.05, 0.2})
    entry.escapes.emplace_back(share, properties::escape_chance(share, entry.problems));
  return entry;
}

// What is recorded of the suites that are run whole.
reports::PowerEntry recorded_power(const std::vector<ProblemOptions::Line>& lines,
                                   const properties::ValidateOptions& options) {
  reports::PowerEntry entry = escapes_of(lines.size());
  std::optional<std::set<std::string_view>> missed;  // By every suite so far.
  for (const SuiteGroup& suite : group(lines)) {
    const properties::PowerRecord* record = properties::recorded_power(suite.lines, options);
    if (record == nullptr) continue;
    entry.basis = "recorded";
    entry.suites.push_back(suite.suite);
    entry.faults = record->faults;
    const std::set<std::string_view> by_this(record->missed.begin(), record->missed.end());
    if (missed)
      std::erase_if(*missed, [&](std::string_view name) { return !by_this.contains(name); });
    else
      missed = by_this;
  }
  if (missed) entry.missed.assign(missed->begin(), missed->end());
  entry.seen = entry.faults - static_cast<std::int64_t>(entry.missed.size());
  return entry;
}

// What the same run would have seen of the planted bugs.
std::optional<reports::PowerEntry> measured_power(const std::vector<ProblemOptions::Line>& lines,
                                                  const properties::ValidateOptions& options,
                                                  Progress& progress) {
  std::vector<SuiteLine> all;
  for (const ProblemOptions::Line& line : lines) all.push_back(line.line);
  const properties::Power power = properties::measure_power(
      start_mutant, all, options, {}, [&](const properties::ValidateProgress& p) {
        progress.show(fmt::format("planted bugs {}/{} {}", p.done, p.total, p.problem));
        return !interrupted();
      });
  if (!power.complete) return std::nullopt;
  reports::PowerEntry entry = escapes_of(all.size());
  entry.basis = "measured";
  entry.asked = power.asked;
  entry.faults = static_cast<std::int64_t>(power.rows.size());
  entry.seen = power.seen();
  for (const properties::PowerRow& row : power.rows)
    if (!row.seen()) entry.missed.emplace_back(row.mutant->name);
  return entry;
}

// Why the options ask for less than whole suites and all passes; empty if they do not.
std::string partial_reason(const Options& o) {
  if (!o.problems.problems.empty()) return "--problem asks for single problems";
  if (const std::string filter = o.problems.filter.text(); !filter.empty())
    return fmt::format("{} leaves problems out", filter);
  return o.passes.empty() ? "" : "--passes leaves passes out";
}

// Where failures are written: as asked, or beside the report.
std::string reproducers_folder(const Options& o) {
  if (!o.reproducers.empty()) return o.reproducers;
  const std::filesystem::path json(o.output.json);
  return json.extension() == ".json" ? (json.parent_path() / json.stem()).string() + ".failures"
                                     : "";
}

int validate(const Options& o, const std::vector<std::string>& arguments) {
  const Result<std::vector<std::string>> names = o.engines.resolve();
  if (!names) return report_error(names.error());
  const Result<std::vector<ProblemOptions::Line>> lines = o.problems.load();
  if (!lines) return report_error(lines.error());
  const Result<properties::ValidateOptions> options = validate_options(o);
  if (!options) return report_error(options.error());
  std::string partial = partial_reason(o);
  const Result<std::vector<reports::KnownFailure>> known = o.expectations.load(partial);
  if (!known) return report_error(known.error());
  if (o.demands) {
    fmt::print("{}", properties::profile_demands(options->profile, options->threads));
    return kExitOk;
  }
  const auto asked =
      o.level == "recommended" ? properties::Level::kRecommended : properties::Level::kRequired;
  catch_interrupts();
  const Stopwatch watch;
  reports::Document document = new_document("validate", arguments);
  StartOptions start;
  start.case_timeout_seconds = o.timeout_seconds;
  start.memory_limit_bytes = static_cast<std::uint64_t>(o.memory_gib * (1 << 30));
  const EngineSet engines = start_engines(*names, start, document);
  const std::string folder = reproducers_folder(o);
  int reproducers = 0;
  Status written;
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
      properties::ValidationResult result =
          properties::validate_engine(*runner, suite.lines, *options, show);
      if (!folder.empty() && written)
        written = write_reproducers(folder, asked, *runner, result, reproducers);
      document.complete = document.complete && result.complete;
      add_validation(result, suite.suite, asked, document);
    }
  }
  if (!interrupted() && !engines.runners.empty())
    document.power =
        o.power ? measured_power(*lines, *options, progress) : recorded_power(*lines, *options);
  document.complete = document.complete && !interrupted();
  progress.clear();
  if (!document.complete) partial = "the run was interrupted";
  if (!engines.all_started) partial = "an engine could not be started";
  const Status applied = o.expectations.apply(*known, partial, document);
  if (!document.verdicts.empty()) {
    fmt::print("Verdicts that hold, engine by pass:\n\n{}\n{}",
               reports::to_text(reports::verdict_table(document)), verdict_summary(document));
    if (document.power) fmt::print("\n{}\n", reports::power_text(*document.power));
  }
  const int code = finish(document, {o.output, engines.all_started, o.strict, watch.seconds()});
  if (!applied) return report_error(applied.error());
  return written ? code : report_error(written.error());
}

}  // namespace

void add_validate(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "validate",
      "Judge engines against the exact reference, problem by problem, in a worker each");
  o->engines.add_to(*command, "optimized,onednn");
  o->problems.add_to(*command, {"edge"});
  command->add_option("--threads", o->threads,
                      "Thread counts to judge; by default smoke 1,2; standard 1,2,3,7; thorough "
                      "1,2,3,7,33");
  command
      ->add_option("--profile", o->profile,
                   "smoke: the least of every pass; standard: all; thorough: every alignment, "
                   "and repeats")
      ->check(CLI::IsMember({"smoke", "standard", "thorough"}))
      ->capture_default_str();
  command->add_option("--passes", o->passes,
                      "Only these, comma-separated (docs/validation.md); all by default");
  command->add_option("--level", o->level, "Fail on required demands, or on recommended ones, too")
      ->check(CLI::IsMember({"required", "recommended"}))
      ->capture_default_str();
  command->add_option("--reproducers", o->reproducers,
                      "Write every failure here, as a directory of its own for `convcheck replay`; "
                      "beside --json REPORT.json it is REPORT.failures");
  o->expectations.add_to(*command);
  command->add_option("--seed", o->seed, "Seed of the data")->capture_default_str();
  command->add_option("--timeout", o->timeout_seconds, "Seconds that one case may take")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--memory-limit", o->memory_gib,
                   "GiB that an engine's process may take; half of the machine's by default")
      ->check(CLI::Range(0.0, 65536.0));
  command->add_flag("--demands", o->demands,
                    "Print what the profile demands, pass by pass, and judge nothing");
  command->add_flag("--power", o->power,
                    "Ask the same of engines with planted bugs, and say which of them it sees");
  command->add_flag("--strict", o->strict, "Exit 4 if anything was inconclusive");
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return validate(*o, arguments); }; });
}

}  // namespace convcheck::cli
