// SPDX-License-Identifier: Apache-2.0
// convcheck verify: a report held to its schema, to itself, and to exact results computed again.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/terminal.hpp"
#include "core/file.hpp"
#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "properties/validate.hpp"
#include "reports/verifiable.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  std::string report;
  std::int64_t sample = 20;
  std::uint64_t seed = 1;
  bool all = false;
  int threads = 2;
  bool quiet = false;
};

// So many of the entries, each as likely as any other, in their order.
std::vector<reports::ExactEntry> sample(std::vector<reports::ExactEntry> entries, std::size_t count,
                                        std::uint64_t seed) {
  Random random(seed);
  std::vector<reports::ExactEntry> taken;
  for (std::size_t i = 0; i < entries.size() && taken.size() < count; ++i) {
    const auto left = static_cast<std::int64_t>(entries.size() - i);
    if (random.below(left) < static_cast<std::int64_t>(count - taken.size()))
      taken.push_back(std::move(entries[i]));
  }
  return taken;
}

// What is wrong with the entry; empty if nothing is.
Result<std::string> check(const reports::ExactEntry& entry, int threads) {
  CONVCHECK_ASSIGN(const NamedChain problem, parse_chain(entry.problem));
  const std::optional<FillKind> fill = parse_fill_kind(entry.fill);
  if (!fill)
    return fail(ErrorCode::kParse, "'{}' is no data that this convcheck knows", entry.fill);
  CONVCHECK_ASSIGN(const properties::ExactResult again,
                   properties::exact_result(problem.chain, *fill, entry.seed, threads));
  if (again.operands != entry.operands)
    return fmt::format("the operands are others: {:016x}, reported {:016x}", again.operands,
                       entry.operands);
  if (again.result != entry.result)
    return fmt::format("the exact result is {:016x}, reported {:016x}", again.result, entry.result);
  return std::string();
}

int verify(const Options& o) {
  const Result<std::string> text = read_file(o.report);
  if (!text) return report_error(text.error());
  const Result<reports::Verifiable> report = reports::read_verifiable(*text, o.report);
  if (!report) return report_error(report.error());
  for (const std::string& sentence : report->contradictions)
    fmt::print("contradiction: {}\n", sentence);
  const std::size_t total = report->exact_results.size();
  const std::vector<reports::ExactEntry> entries =
      sample(report->exact_results, o.all ? total : static_cast<std::size_t>(o.sample), o.seed);
  if (entries.empty() && report->contradictions.empty()) {
    std::fprintf(stderr,
                 "convcheck: %s holds no exact results (convcheck %s wrote it); nothing was "
                 "verified\n",
                 o.report.c_str(), report->version.c_str());
    return kExitNothingRan;
  }
  catch_interrupts();
  Progress progress(o.quiet);
  std::size_t done = 0;
  std::size_t wrong = 0;
  for (const reports::ExactEntry& entry : entries) {
    if (interrupted()) break;
    progress.show(fmt::format("{}/{} {}", done, entries.size(), entry.problem));
    const Result<std::string> found = check(entry, o.threads);
    progress.clear();
    if (!found)
      return report_error(
          {ErrorCode::kParse, fmt::format("{}: exact result of {} on {}: {}", o.report,
                                          entry.problem, entry.fill, found.error().message)});
    ++done;
    if (found->empty()) continue;
    ++wrong;
    fmt::print("{}, data {}, seed {}: {}\n", entry.problem, entry.fill, entry.seed, *found);
  }
  fmt::print("{} of {} exact results computed again: {} as reported{}\n", done, total, done - wrong,
             wrong == 0 ? "" : fmt::format(", {} not", wrong));
  if (interrupted()) return kExitInterrupted;
  return wrong == 0 && report->contradictions.empty() ? kExitOk : kExitRefuted;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Hold a JSON report of validate to its schema, to itself, and to exact results computed "
      "again; exit 1 if one differs");
  command->add_option("report", o->report, "A report that validate --json wrote")->required();
  CLI::Option* count =
      command->add_option("--sample", o->sample, "How many exact results are computed again")
          ->check(CLI::PositiveNumber)
          ->capture_default_str();
  command->add_flag("--all", o->all, "All of them")->excludes(count);
  command->add_option("--seed", o->seed, "Decides which are taken")->capture_default_str();
  command->add_option("--threads", o->threads, "Threads of the reference")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--quiet", o->quiet, "No progress");
  command->callback([o, &action] { action = [o] { return verify(*o); }; });
}

}  // namespace convcheck::cli
