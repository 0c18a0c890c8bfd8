// SPDX-License-Identifier: Apache-2.0
// convcheck bench: engines side by side, verified before they are timed.
#include "benchmarks/bench.hpp"

#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "benchmarks/statistics.hpp"
#include "cli/commands.hpp"
#include "cli/convert.hpp"
#include "cli/engines.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/stopwatch.hpp"
#include "cli/terminal.hpp"
#include "properties/bounds.hpp"
#include "properties/compare.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

// Processes of an engine: where its memory comes to lie, and what code it generates, is one thing
// within a process.
constexpr int kLaunches = 2;

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

// What the timing demands of a result before it is timed: the bound of the plan's own claim.
std::optional<std::string> violation(const Chain& chain, const std::vector<Tensor>& operands,
                                     const reference::ChainResult& exact, const Outcome& outcome) {
  const Result<properties::OutputBounds> bounds =
      properties::chain_output_bounds(outcome.claim, outcome.algorithm, chain, operands, exact);
  if (!bounds) return bounds.error().message;
  const std::optional<properties::Discrepancy> d =
      properties::first_violation(*outcome.output, exact.last, *bounds, "output");
  if (!d) return std::nullopt;
  return fmt::format("output{} is {}, should be {} within {:.3g}; {} elements are off",
                     to_string(d->position), d->found, d->expected, d->bound, d->count);
}

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

// Geometric mean of the first engine's ratio to the best other, over the problems both sides ran,
// and how many of them are more than noise.
void print_ratios(const benchmarks::BenchResult& result, const std::string& first,
                  const std::vector<int>& threads) {
  for (const int n : threads) {
    double sum = 0;
    int count = 0;
    int faster = 0;
    int slower = 0;
    std::vector<double> floors;
    for (const benchmarks::BenchEntry& e : result.entries) {
      if (e.engine != first || e.threads != n) continue;
      if (!e.ratio) continue;
      faster += e.ratio->call == benchmarks::Call::kFaster ? 1 : 0;
      slower += e.ratio->call == benchmarks::Call::kSlower ? 1 : 0;
      if (e.ratio->bound != benchmarks::Ratio::Bound::kNone) continue;
      floors.push_back(e.noise_floor);
      sum += std::log(e.ratio->value.value);
      ++count;
    }
    if (count == 0) continue;
    fmt::print(
        "{}, {} thread{}: {:.2f} times the best other engine's speed (geometric mean of {} "
        "problems); faster on {}, slower on {}; the noise floor is {:.1f} % in the median\n",
        first, n, n == 1 ? "" : "s", std::exp(sum / count), count, faster, slower,
        100 * benchmarks::median(floors));
  }
}

void print_timings(const reports::Document& document, const benchmarks::BenchResult& result,
                   const std::vector<int>& threads) {
  for (const reports::LimitEntry& limit : document.limits)
    fmt::print("FMA peak, {}, {} thread{}: {:.4g} {}\n", limit.type, limit.threads,
               limit.threads == 1 ? "" : "s", limit.value, limit.unit);
  fmt::print(
      "\nGFLOP/s over taps inside the input, percent of that peak; * is the fastest; ratio: "
      "best other\nengine's time / {}'s time, with ~ where the noise is as large as the "
      "difference.\n\n{}\n",
      document.engines.front().name, reports::to_text(reports::timing_table(document)));
  if (document.engines.size() > 1) print_ratios(result, document.engines.front().name, threads);
  for (const reports::TimingEntry& t : document.timings) {
    if (t.status != "timed" && t.same_as.empty())
      fmt::print("{} on {} ({} thread{}): {}: {}\n", t.engine,
                 t.label.empty() ? t.problem : t.label, t.threads, t.threads == 1 ? "" : "s",
                 t.status, t.reason);
  }
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
  const TimedEngineSet engines = start_timed_engines(*names, kLaunches, start, document);
  Progress progress(o.output.quiet);
  const benchmarks::BenchResult result = benchmarks::run_bench(
      engines.engines, problems, options, violation,
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
  progress.clear();
  if (!document.timings.empty()) print_timings(document, result, *threads);
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
