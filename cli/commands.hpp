// SPDX-License-Identifier: Apache-2.0
// The subcommands: each declares its options and, if chosen, leaves the action to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace convcheck::cli {

/// Returns the exit code.
using Action = std::function<int()>;

void add_validate(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_laws(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_bench(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_compare(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_diff(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_describe(CLI::App&, Action&);
void add_solve(CLI::App&, Action&);
void add_engines(CLI::App&, Action&);
void add_suites(CLI::App&, Action&);
void add_replay(CLI::App&, Action&, const std::vector<std::string>& arguments);
void add_verify(CLI::App&, Action&);
/// Hidden: the process in which a judged engine lives.
void add_worker(CLI::App&, Action&);

}  // namespace convcheck::cli
