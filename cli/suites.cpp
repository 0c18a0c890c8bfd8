// SPDX-License-Identifier: Apache-2.0
// convcheck suites: the suites of problems that come with the command.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/paths.hpp"

namespace convcheck::cli {
namespace {

std::vector<std::string> families(const std::vector<ProblemOptions::Line>& lines) {
  std::vector<std::string> list;
  for (const auto& line : lines) {
    if (!line.line.family.empty() &&
        std::find(list.begin(), list.end(), line.line.family) == list.end())
      list.push_back(line.line.family);
  }
  return list;
}

Result<std::vector<ProblemOptions::Line>> load(const std::string& suite) {
  ProblemOptions options;
  options.suites = {suite};
  return options.load();
}

int list_suites() {
  const std::vector<std::string> names = suite_names();
  if (names.empty())
    return report_error({ErrorCode::kIo, fmt::format("no suites in {}", suites_directory())});
  for (const std::string& name : names) {
    const auto lines = load(name);
    if (!lines) return report_error(lines.error());
    fmt::print("{:<12} {:>4} problems", name, lines->size());
    const std::vector<std::string> list = families(*lines);
    for (std::size_t i = 0; i < list.size(); ++i) fmt::print("{}{}", i == 0 ? "  " : ", ", list[i]);
    fmt::print("\n");
  }
  return kExitOk;
}

int show_suite(const std::string& suite) {
  const auto lines = load(suite);
  if (!lines) return report_error(lines.error());
  for (const auto& line : *lines) {
    const std::string& label = line.line.problem.name;
    fmt::print("{}{}\n", to_string(line.line.problem.chain),
               label.empty() ? "" : fmt::format("n\"{}\"", label));
  }
  return kExitOk;
}

}  // namespace

void add_suites(CLI::App& app, Action& action) {
  auto suite = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "suites", "List the suites of problems, or the problems of one as canonical names");
  command->add_option("suite", *suite, "A suite by name, or a file of problems");
  command->callback([suite, &action] {
    action = [suite] { return suite->empty() ? list_suites() : show_suite(*suite); };
  });
}

}  // namespace convcheck::cli
