// SPDX-License-Identifier: Apache-2.0
// convcheck engines: what can be named, with version, origin and licence, or why it cannot.
#include <fmt/core.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/capabilities.hpp"
#include "cli/commands.hpp"
#include "cli/engines.hpp"
#include "cli/options.hpp"
#include "cli/paths.hpp"
#include "optimized/engine.hpp"
#include "peers/engine_spec.hpp"
#include "properties/innocents.hpp"
#include "properties/mutants.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

// Adapters that were not built, with the reason: a line each, NAME, a tab, REASON.
std::vector<std::pair<std::string, std::string>> adapters_left_out() {
  std::vector<std::pair<std::string, std::string>> left_out;
  std::ifstream file(peers_directory() + "/unavailable.txt");
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) left_out.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return left_out;
}

int list_engines(bool with_mutants) {
  std::vector<std::string> names = {"reference", "optimized"};
  for (const std::string_view variant : optimized::variants())
    names.push_back(fmt::format("optimized:{}", variant));
  names.emplace_back("naive");
  for (const std::string& adapter : peers::adapter_names(peers_directory()))
    names.push_back(adapter);
  reports::Table table;
  table.rows.push_back({"engine", "version", "licence", "loaded"});
  reports::Table takes;
  takes.rows.push_back({"engine", "operations", "ranks", "types", "and"});
  for (const std::string& name : names) {
    const Result<std::unique_ptr<Runner>> runner = start_engine(name, {});
    if (!runner) {
      table.rows.push_back({name, "-", "-", "unavailable: " + runner.error().message});
      continue;
    }
    const EngineInfo& info = (*runner)->engine();
    table.rows.push_back({name, info.version, info.licence, info.loaded});
    const Capabilities c = capabilities(**runner);
    takes.rows.push_back({name, c.operations, c.ranks, c.types, c.features});
  }
  for (const auto& [name, reason] : adapters_left_out())
    table.rows.push_back({name, "-", "-", "unavailable: " + reason});
  fmt::print("{}\nWhat they take:\n\n{}", reports::to_text(table), reports::to_text(takes));
  fmt::print(
      "\nAlso: so:PATH[#VARIANT], a shared library behind peers/convcheck_peer.h; exec:COMMAND, a "
      "program\nthat speaks the pipe protocol (docs/peers.md); mutant:NAME, a planted bug, and\n"
      "innocent:NAME, right in a way of its own{}\n",
      with_mutants ? ":" : " (--mutants lists them).");
  if (!with_mutants) return kExitOk;
  for (const properties::Mutant* mutant : properties::mutants())
    fmt::print("  mutant:{:<34} {} ({})\n", mutant->name, mutant->bug, mutant->source);
  for (const properties::Innocent* innocent : properties::innocents())
    fmt::print("  innocent:{:<32} {}\n", innocent->name, innocent->text);
  return kExitOk;
}

}  // namespace

void add_engines(CLI::App& app, Action& action) {
  auto with_mutants = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "engines", "List the engines that can be named, or why one is unavailable");
  command->add_flag("--mutants", *with_mutants, "List the planted bugs and the innocents, too");
  command->callback(
      [with_mutants, &action] { action = [with_mutants] { return list_engines(*with_mutants); }; });
}

}  // namespace convcheck::cli
