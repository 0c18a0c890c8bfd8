// SPDX-License-Identifier: Apache-2.0
// convcheck suites: the suites of problems that come with the command.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/paths.hpp"
#include "core/random.hpp"
#include "properties/generators.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  std::string suite;
  std::int64_t random = 0;
  std::uint64_t seed = 1;
  ProblemFilter filter;
};

std::vector<std::string> families(const std::vector<ProblemOptions::Line>& lines) {
  std::vector<std::string> list;
  for (const auto& line : lines) {
    if (!line.line.family.empty() &&
        std::find(list.begin(), list.end(), line.line.family) == list.end())
      list.push_back(line.line.family);
  }
  return list;
}

Result<std::vector<ProblemOptions::Line>> load(const std::string& suite,
                                               const ProblemFilter& filter) {
  ProblemOptions options;
  options.suites = {suite};
  options.filter = filter;
  return options.load();
}

// How many problems of each suite pass the filter; suites with none are left out.
int list_suites(const ProblemFilter& filter) {
  const Result<std::function<bool(const SuiteLine&)>> takes = filter.compile();
  if (!takes) return report_error(takes.error());
  const std::vector<std::string> names = suite_names();
  if (names.empty())
    return report_error({ErrorCode::kIo, fmt::format("no suites in {}", suites_directory())});
  for (const std::string& name : names) {
    auto lines = load(name, {});
    if (!lines) return report_error(lines.error());
    std::erase_if(*lines, [&](const ProblemOptions::Line& line) { return !(*takes)(line.line); });
    if (lines->empty()) continue;
    fmt::print("{:<31} {:>4} problem{}", name, lines->size(), lines->size() == 1 ? "" : "s");
    const std::vector<std::string> list = families(*lines);
    const bool says_more = list.size() > 1 || (list.size() == 1 && list[0] != name);
    for (std::size_t i = 0; says_more && i < list.size(); ++i)
      fmt::print("{}{}", i == 0 ? "  " : ", ", list[i]);
    fmt::print("\n");
  }
  return kExitOk;
}

int show_suite(const Options& o) {
  const auto lines = load(o.suite, o.filter);
  if (!lines) return report_error(lines.error());
  for (const auto& line : *lines) {
    const std::string& label = line.line.problem.name;
    fmt::print("{}{}\n", to_string(line.line.problem.chain),
               label.empty() ? "" : fmt::format("n\"{}\"", label));
  }
  return kExitOk;
}

// Problems of every operation, padding mode and orientation, those of laws: small and odd.
int draw_suite(const Options& o) {
  Random random(o.seed);
  const properties::ProblemSpace space{.bias = true};
  const auto takes = o.filter.compile();
  if (!takes) return report_error(takes.error());
  for (std::int64_t i = 0; i < o.random; ++i) {
    const SuiteLine line{{Chain(properties::draw_problem(random, space)), ""}, "", 0};
    if ((*takes)(line)) fmt::print("{}\n", to_string(line.problem.chain));
  }
  return kExitOk;
}

}  // namespace

void add_suites(CLI::App& app, Action& action) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "suites", "List the suites of problems, or the problems of one as canonical names");
  command->add_option("suite", o->suite, "A suite by name, a group of suites, or a file");
  command
      ->add_option("--random", o->random,
                   "Draw so many problems instead: small ones, of everything that laws speak of")
      ->check(CLI::Range(1, 1000000))
      ->excludes(command->get_option("suite"));
  command->add_option("--seed", o->seed, "Seed of --random")->capture_default_str();
  o->filter.add_to(*command);
  command->callback([o, &action] {
    action = [o] {
      if (o->random != 0) return draw_suite(*o);
      return o->suite.empty() ? list_suites(o->filter) : show_suite(*o);
    };
  });
}

}  // namespace convcheck::cli
