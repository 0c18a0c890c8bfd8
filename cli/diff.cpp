// SPDX-License-Identifier: Apache-2.0
// convcheck diff: two engines on the same problems, by bits, by error, by speed.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "benchmarks/bench.hpp"
#include "cli/commands.hpp"
#include "cli/comparison.hpp"
#include "cli/convert.hpp"
#include "cli/difference.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "cli/timed_run.hpp"
#include "core/fill.hpp"
#include "reports/comparison.hpp"
#include "reports/difference.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  std::string a;
  std::string b;
  std::vector<std::string> settings_a;
  std::vector<std::string> settings_b;
  ProblemOptions problems;
  OutputOptions output;
  std::string what = "bits,error,speed";
  std::string threads = "1";
  std::string layout = "preferred";
  std::uint64_t seed = 1;
  double error_factor = 1;
  double min_effect_percent = 5;
  double noise_floor_percent = 0;
  double timeout_seconds = 60;
  int blocks = 0;
  bool quick = false;
  bool strict = false;
};

// One of the two engines in the processes that it needs.
struct Side {
  std::vector<std::unique_ptr<Runner>> runners;

  [[nodiscard]] std::vector<Runner*> some(std::size_t first, std::size_t count) const {
    std::vector<Runner*> list;
    for (std::size_t i = first; i < std::min(first + count, runners.size()); ++i)
      list.push_back(runners[i].get());
    return list;
  }
};

Result<Side> start_side(const std::string& engine, const StartOptions& options, int processes) {
  Side side;
  for (int i = 0; i < processes; ++i) {
    CONVCHECK_ASSIGN(std::unique_ptr<Runner> runner, start_engine(engine, options));
    side.runners.push_back(std::move(runner));
  }
  return side;
}

Status check_settings(const std::vector<std::string>& settings, const char* option) {
  for (const std::string& setting : settings) {
    const std::size_t sign = setting.find('=');
    if (sign == std::string::npos || sign == 0)
      return fail(ErrorCode::kBadInput, "{} '{}': a setting looks like NAME=VALUE", option,
                  setting);
  }
  return {};
}

// The engine with its settings, so that one library under two of them has two names.
std::string side_name(const std::string& engine, const std::vector<std::string>& settings,
                      const char* letter, const std::string& other) {
  std::string name = engine;
  for (const std::string& setting : settings) name += fmt::format(" {}", setting);
  return name == other ? fmt::format("{} ({})", name, letter) : name;
}

struct Asked {
  bool bits = false;
  bool error = false;
  bool speed = false;
};

Result<Asked> parse_what(const std::string& text) {
  Asked asked;
  for (const std::string& item : split(text, ',')) {
    bool* const part = item == "bits"    ? &asked.bits
                       : item == "error" ? &asked.error
                       : item == "speed" ? &asked.speed
                                         : nullptr;
    if (part == nullptr)
      return fail(ErrorCode::kBadInput, "--what '{}': '{}' is none of bits, error, speed", text,
                  item);
    *part = true;
  }
  return asked;
}

// A run of the command: what was asked, on what, and what is found.
class Diff {
 public:
  Diff(const Options& o, const std::vector<std::string>& arguments)
      : o_(o), document_(new_document("diff", arguments)) {}

  // The exit code, or what could not be read or started.
  Result<int> run() {
    CONVCHECK_TRY(prepare());
    Progress progress(o_.output.quiet);
    if (asked_.bits || asked_.error) compare_results(progress);
    if (asked_.speed && document_.complete) compare_times(progress);
    progress.clear();
    print();
    return finish(document_, {o_.output, true, o_.strict, watch_.seconds()});
  }

 private:
  Status prepare() {
    CONVCHECK_ASSIGN(asked_, parse_what(o_.what));
    CONVCHECK_TRY(check_settings(o_.settings_a, "--env-a"));
    CONVCHECK_TRY(check_settings(o_.settings_b, "--env-b"));
    CONVCHECK_ASSIGN(lines_, o_.problems.load());
    CONVCHECK_ASSIGN(threads_, parse_thread_list(o_.threads));
    name_b_ = side_name(o_.b, o_.settings_b, "B", "");
    name_a_ = side_name(o_.a, o_.settings_a, "A", name_b_);
    catch_interrupts();
    StartOptions start;
    start.case_timeout_seconds = o_.timeout_seconds;
    const int launches = asked_.speed ? kTimedLaunches : 1;
    start.settings = o_.settings_a;
    CONVCHECK_ASSIGN(a_, start_side(o_.a, start, asked_.speed ? 2 * launches : launches));
    start.settings = o_.settings_b;
    CONVCHECK_ASSIGN(b_, start_side(o_.b, start, launches));
    for (const auto& [side, name] : {std::pair<const Side&, const std::string&>(a_, name_a_),
                                     std::pair<const Side&, const std::string&>(b_, name_b_)}) {
      reports::EngineEntry entry = engine_entry(*side.runners.front());
      entry.name = name;
      document_.engines.push_back(std::move(entry));
    }
    return {};
  }

  [[nodiscard]] LayoutChoice layout() const {
    return o_.layout == "plain" ? LayoutChoice::kPlain : LayoutChoice::kPreferred;
  }

  void compare_results(Progress& progress) {
    properties::EngineDiffOptions options;
    options.solve = asked_.error;
    options.error_factor = o_.error_factor;
    options.oracle_threads = 2;
    for (const ProblemOptions::Line& line : lines_) {
      Case c;
      c.chain = line.line.problem.chain;
      c.operands = fill_operands(c.chain, FillKind::kUniform, o_.seed);
      c.environment.layout = layout();
      for (const int threads : threads_) {
        document_.complete = !interrupted();
        if (!document_.complete) return;
        progress.show(fmt::format("{} {}T", to_string(c.chain), threads));
        c.environment.threads = threads;
        const properties::EngineDiff diff =
            properties::diff_engines(*a_.runners.front(), *b_.runners.front(), c, options);
        DifferencePlace place{name_a_, name_b_, line.suite, &line.line, &c};
        document_.differences.push_back(difference_entry(diff, place));
        if (asked_.bits) document_.verdicts.push_back(bits_verdict(document_.differences.back()));
        if (asked_.error) document_.verdicts.push_back(error_verdict(document_.differences.back()));
      }
    }
  }

  void compare_times(Progress& progress) {
    std::vector<benchmarks::BenchProblem> problems;
    for (const ProblemOptions::Line& line : lines_)
      problems.push_back(
          {line.suite, line.line.family, line.line.problem.name, line.line.problem.chain});
    benchmarks::BenchOptions options =
        o_.quick ? benchmarks::quick_options() : benchmarks::BenchOptions{};
    options.threads = threads_;
    options.layout = layout();
    options.seed = o_.seed;
    options.verify.threads = 2;
    options.time_conversion = false;
    options.time_cold = false;
    options.memory_limits = false;
    if (o_.blocks > 0) options.blocks = o_.blocks;
    const benchmarks::EngineUnderTest engines[] = {
        {name_a_, a_.some(0, kTimedLaunches), a_.some(kTimedLaunches, kTimedLaunches)},
        {name_b_, b_.some(0, kTimedLaunches), {}}};
    const benchmarks::BenchResult result = benchmarks::run_bench(
        engines, problems, options, demand_claim,
        [&](const benchmarks::BenchProgress& p) {
          progress.show(
              fmt::format("{}/{} {} {} {}T", p.done, p.total, p.stage, p.engine, p.threads));
        },
        interrupted);
    document_.complete = result.complete;
    add_timings(result, document_);
    CompareOptions compare;
    compare.base_name = name_a_;
    compare.new_name = name_b_;
    compare.min_effect = o_.min_effect_percent / 100;
    compare.noise_floor = o_.noise_floor_percent / 100;
    compare_in_run(compare, document_);
  }

  void print() const {
    fmt::print("A: {}\nB: {}\n\n", name_a_, name_b_);
    if (!document_.verdicts.empty())
      fmt::print("Problems on which B has A's bits, and no larger error:\n\n{}\n",
                 reports::to_text(reports::verdict_table(document_)));
    const reports::Table differences = reports::difference_table(document_);
    if (differences.rows.size() > 1) fmt::print("{}\n", reports::to_text(differences));
    if (document_.comparison)
      fmt::print("{}\n{}\n{}\n", reports::comparison_terms(document_),
                 reports::to_text(reports::comparison_table(document_)),
                 reports::comparison_counts(document_));
  }

  const Options& o_;
  Stopwatch watch_;
  reports::Document document_;
  Asked asked_;
  std::vector<ProblemOptions::Line> lines_;
  std::vector<int> threads_;
  std::string name_a_;
  std::string name_b_;
  Side a_;
  Side b_;
};

int diff(const Options& o, const std::vector<std::string>& arguments) {
  const Result<int> code = Diff(o, arguments).run();
  if (code) return *code;
  report_error(code.error());
  return kExitCannotJudge;
}

}  // namespace

void add_diff(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "diff", "Say where engine B differs from engine A: in bits, in error, in speed");
  command->add_option("a", o->a, "The engine before: so:./old.so, onednn, optimized")->required();
  command->add_option("b", o->b, "The engine after; may be the same one with other settings")
      ->required();
  command
      ->add_option("--env-a", o->settings_a,
                   "Environment variable of A's process: NAME=VALUE. Repeatable")
      ->take_all()
      ->expected(1);
  command
      ->add_option("--env-b", o->settings_b,
                   "Environment variable of B's process: ONEDNN_MAX_CPU_ISA=AVX2. Repeatable")
      ->take_all()
      ->expected(1);
  command
      ->add_option("--what", o->what,
                   "What is compared, and decides the exit code: bits, error, speed")
      ->capture_default_str();
  o->problems.add_to(*command, {"edge"});
  command->add_option("--threads", o->threads, "Thread counts, such as 1,2")->capture_default_str();
  command
      ->add_option("--layout", o->layout,
                   "preferred: the layout an engine is fastest with; plain: dense operands")
      ->check(CLI::IsMember({"preferred", "plain"}))
      ->capture_default_str();
  command
      ->add_option("--error-factor", o->error_factor,
                   "B's error is larger if it is more than so many times A's")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  command
      ->add_option("--min-effect", o->min_effect_percent,
                   "Percent by which a time must change to be called faster or slower")
      ->check(CLI::Range(0.1, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--noise-floor", o->noise_floor_percent,
                   "Percent that the machine cannot resolve, at least; A timed against itself may "
                   "say more")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_flag("--quick", o->quick, "Fewer, shorter blocks and a budget of 1 s a pair");
  command->add_option("--blocks", o->blocks, "Samples of a pair, at most")
      ->check(CLI::Range(1, 10000));
  command->add_option("--timeout", o->timeout_seconds, "Seconds that one case may take")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "Seed of the data")->capture_default_str();
  command->add_flag("--strict", o->strict, "Exit 125 if a speed was inconclusive");
  o->output.add_to(*command);
  command->footer(
      "Exit codes, as `git bisect run` takes them: 0 B is the same as A in all that was asked, or "
      "better;\n1 it differs, is less accurate, wrong, slower, or has no result where A has one; "
      "125 this cannot be\njudged (an engine does not start or does not repeat its bits, nothing "
      "ran); 2 usage; 130 interrupted.\n\n"
      "  git bisect run sh -c 'make libmine.so || exit 125;\n"
      "    convcheck diff so:/tmp/good/libmine.so so:./libmine.so --what error'");
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return diff(*o, arguments); }; });
}

}  // namespace convcheck::cli
