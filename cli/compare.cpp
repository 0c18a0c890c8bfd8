// SPDX-License-Identifier: Apache-2.0
// convcheck compare: two reports of bench, problem by problem.
#include <fmt/core.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/comparison.hpp"
#include "cli/finish.hpp"
#include "cli/machine.hpp"
#include "cli/options.hpp"
#include "cli/stopwatch.hpp"
#include "core/file.hpp"
#include "reports/comparison.hpp"
#include "reports/read_bench.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  CompareOptions compare;
  OutputOptions output;
  double min_effect_percent = 5;
  double noise_floor_percent = 0;
  bool strict = false;
};

Result<reports::Document> read(const std::string& path) {
  CONVCHECK_ASSIGN(const std::string text, read_file(path));
  return reports::read_bench(text, path);
}

int compare(Options o, const std::vector<std::string>& arguments) {
  const Stopwatch watch;
  o.compare.min_effect = o.min_effect_percent / 100;
  o.compare.noise_floor = o.noise_floor_percent / 100;
  const Result<reports::Document> base = read(o.compare.base_name);
  if (!base) return report_error(base.error());
  const Result<reports::Document> fresh = read(o.compare.new_name);
  if (!fresh) return report_error(fresh.error());
  reports::Document document = new_document("compare", arguments);
  document.machine = fresh->machine;  // Of the measurements, not of whoever reads them.
  const Status compared = compare_documents(*base, *fresh, o.compare, document);
  if (!compared) return report_error(compared.error());
  fmt::print("{}\n{}\n{}\n", reports::comparison_terms(document),
             reports::to_text(reports::comparison_table(document)),
             reports::comparison_counts(document));
  return finish(document, {o.output, true, o.strict, watch.seconds()});
}

}  // namespace

void add_compare(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "compare", "Say what became faster or slower from one report of bench to another");
  command
      ->add_option("base", o->compare.base_name,
                   "The report before: what bench --json wrote, or Google Benchmark's JSON")
      ->required();
  command->add_option("new", o->compare.new_name, "The report after")->required();
  command
      ->add_option("--min-effect", o->min_effect_percent,
                   "Percent by which a time must change to be called faster or slower")
      ->check(CLI::Range(0.1, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--alpha", o->compare.alpha,
                   "Probability of one false call in all comparisons together")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  command
      ->add_option("--noise-floor", o->noise_floor_percent,
                   "Percent that the machine cannot resolve, at least; the reports' own engine "
                   "against itself may say more")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_option("--base-engine", o->compare.base_engine,
                      "The engine of the first report; by default all that both have");
  command->add_option("--new-engine", o->compare.new_engine, "The engine of the second report");
  command->add_flag("--across-machines", o->compare.across_machines,
                    "Compare reports of different machines");
  command->add_flag("--strict", o->strict, "Exit 4 if anything was inconclusive");
  o->output.add_to(*command);
  command->callback(
      [o, &action, arguments] { action = [o, arguments] { return compare(*o, arguments); }; });
}

}  // namespace convcheck::cli
