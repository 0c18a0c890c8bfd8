// SPDX-License-Identifier: Apache-2.0
// convcheck bench: engines side by side, verified before they are timed.
#include "benchmarks/bench.hpp"

#include <fmt/core.h>

#include <memory>

#include "cli/bench_summary.hpp"
#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "cli/timed_run.hpp"
#include "reports/score.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  EngineOptions engines;
  ProblemOptions problems;
  OutputOptions output;
  std::string threads = "1";
  std::string layout = "preferred";
  std::uint64_t seed = 1;
  int blocks = 0;
  bool quick = false;
};

benchmarks::BenchOptions bench_options(const Options& o, std::vector<int> threads) {
  benchmarks::BenchOptions options =
      o.quick ? benchmarks::quick_options() : benchmarks::BenchOptions{};
  options.threads = std::move(threads);
  options.layout = o.layout == "plain" ? LayoutChoice::kPlain : LayoutChoice::kPreferred;
  options.seed = o.seed;
  options.verify.threads = 2;
  if (o.blocks > 0) options.blocks = o.blocks;
  return options;
}

int bench(const Options& o, const std::vector<std::string>& arguments) {
  const Result<std::vector<std::string>> names = o.engines.resolve();
  if (!names) return report_error(names.error());
  const Result<std::vector<ProblemOptions::Line>> lines = o.problems.load();
  if (!lines) return report_error(lines.error());
  const Result<std::vector<int>> threads = parse_thread_list(o.threads);
  if (!threads) return report_error(threads.error());
  std::vector<benchmarks::BenchProblem> problems;
  for (const ProblemOptions::Line& line : *lines)
    problems.push_back(
        {line.suite, line.line.family, line.line.problem.name, line.line.problem.chain});
  const benchmarks::BenchOptions options = bench_options(o, *threads);
  catch_interrupts();
  const Stopwatch watch;
  reports::Document document = new_document("bench", arguments);
  StartOptions start;
  start.case_timeout_seconds = options.budget_seconds;
  const TimedEngineSet engines = start_timed_engines(*names, kTimedLaunches, start, document);
  Progress progress(o.output.quiet);
  const benchmarks::BenchResult result = benchmarks::run_bench(
      engines.engines, problems, options, demand_claim,
      [&](const benchmarks::BenchProgress& p) {
        const std::string problem = p.problem == nullptr       ? ""
                                    : p.problem->label.empty() ? to_string(p.problem->chain)
                                                               : p.problem->label;
        progress.show(fmt::format("{}/{} {} {} {}T {}", p.done, p.total, p.stage, p.engine,
                                  p.threads, problem));
      },
      interrupted);
  document.complete = result.complete;
  add_timings(result, document);
  document.scores = reports::scores(document);
  progress.clear();
  if (!document.timings.empty()) print_bench_summary(document);
  if (const std::optional<std::string> busy = benchmarks::busy_machine(result))
    fmt::print(stderr, "convcheck: {}; compare little of this run\n", *busy);
  return finish(document, {o.output, engines.all_started, false, watch.seconds()});
}

}  // namespace

void add_bench(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "Time engines side by side; what is wrong is not timed (docs/measuring.md)");
  o->engines.add_to(*command, "optimized,onednn");
  o->problems.add_to(*command, {"resnet50"});
  command->add_option("--threads", o->threads, "Thread counts, such as 1,2")->capture_default_str();
  command
      ->add_option("--layout", o->layout,
                   "preferred: the layout an engine is fastest with; plain: dense operands")
      ->check(CLI::IsMember({"preferred", "plain"}))
      ->capture_default_str();
  command->add_flag("--quick", o->quick, "Fewer, shorter blocks and a budget of 1 s a pair");
  command->add_option("--blocks", o->blocks, "Samples of a pair, at most")
      ->check(CLI::Range(1, 10000));
  command->add_option("--seed", o->seed, "Seed of the data")->capture_default_str();
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return bench(*o, arguments); }; });
}

}  // namespace convcheck::cli
