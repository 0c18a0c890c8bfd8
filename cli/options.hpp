// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share, with one meaning and one help text each.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/problem_filter.hpp"
#include "core/problem_text.hpp"
#include "core/result.hpp"

namespace convcheck::cli {

/// Exit codes of the command (docs/architecture.md).
inline constexpr int kExitOk = 0;            ///< Every demanded law holds.
inline constexpr int kExitRefuted = 1;       ///< Refuted, crashed, timed out, vacuous, regressed.
inline constexpr int kExitUsage = 2;         ///< Usage or bad input.
inline constexpr int kExitEngine = 3;        ///< An engine could not be started.
inline constexpr int kExitInconclusive = 4;  ///< Inconclusive or gave up, with --strict.
inline constexpr int kExitNothingRan = 5;
inline constexpr int kExitCannotJudge = 125;  ///< Of `diff`: what git bisect skips.
inline constexpr int kExitInterrupted = 130;

/// The exit code that an error of bad input, a missing file or an engine deserves.
int exit_code(ErrorCode);

/// Prints "convcheck: MESSAGE" to stderr and returns the exit code.
int report_error(const Error&);

struct EngineOptions {
  std::vector<std::string> names;  ///< Whole names, in the order given.
  std::string list;                ///< "A,B" or "all".

  void add_to(CLI::App&, const std::string& default_list);
  /// Every name, `all` expanded to the engines that are available; kBadInput on an empty name.
  [[nodiscard]] Result<std::vector<std::string>> resolve() const;

 private:
  const CLI::Option* list_option_ = nullptr;
};

/// Where problems come from: suites by name, files, single lines.
struct ProblemOptions {
  std::vector<std::string> suites;
  std::vector<std::string> problems;
  ProblemFilter filter;

  void add_to(CLI::App&, const std::vector<std::string>& default_suites);
  /// One problem with the suite it stands in ("" for the command line).
  struct Line {
    std::string suite;
    SuiteLine line;
  };
  /// In order; kParse with file and line; kBadInput for an unknown suite, with the known ones, and
  /// for a filter that leaves nothing.
  [[nodiscard]] Result<std::vector<Line>> load() const;

 private:
  const CLI::Option* suite_option_ = nullptr;  ///< Null: the suites are those set here.
};

struct OutputOptions {
  std::string json;
  std::string junit;
  std::string markdown;
  bool quiet = false;

  void add_to(CLI::App&);
};

/// The parts between separators, empty ones included.
std::vector<std::string> split(const std::string& text, char separator);

/// "1,2" -> {1, 2}; kBadInput names the item that is no number from 1 to 1024.
Result<std::vector<int>> parse_thread_list(const std::string& text);

}  // namespace convcheck::cli
