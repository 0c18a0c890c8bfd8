// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <unordered_set>

#include "cli/engines.hpp"
#include "cli/paths.hpp"
#include "core/file.hpp"

namespace convcheck::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Suites by what stands before their colon: "onednn:unet" is in the group "onednn".
struct KnownSuites {
  std::vector<std::string> alone;
  std::vector<std::string> groups;
};

KnownSuites known_suites(const std::vector<std::string>& names) {
  KnownSuites known;
  for (const std::string& name : names) {
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos)
      known.alone.push_back(name);
    else if (known.groups.empty() || known.groups.back() != name.substr(0, colon))
      known.groups.push_back(name.substr(0, colon));
  }
  return known;
}

struct SuiteFile {
  std::string name;
  std::string path;
};

// A suite's name, a group of them, or a path: what contains a slash or a dot is a path.
Result<std::vector<SuiteFile>> suite_files(const std::string& suite) {
  if (suite.find_first_of("/.") != std::string::npos)
    return std::vector<SuiteFile>{{std::filesystem::path(suite).stem().string(), suite}};
  const std::vector<std::string> names = suite_names();
  const std::string group = fmt::format("{}:", suite);
  std::vector<SuiteFile> files;
  for (const std::string& name : names) {
    if (name == suite || name.starts_with(group)) files.push_back({name, suite_path(name)});
  }
  if (!files.empty()) return files;
  const KnownSuites known = known_suites(names);
  return fail(ErrorCode::kBadInput,
              "--suite {}: no suite of that name; the suites are {}, and groups of them {} (see "
              "`convcheck suites`); a file is given by a path with a slash or a dot",
              suite, joined(known.alone), joined(known.groups));
}

}  // namespace

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string::npos) return parts;
    at = end + 1;
  }
}

int exit_code(ErrorCode code) { return code == ErrorCode::kEngineStart ? kExitEngine : kExitUsage; }

int report_error(const Error& error) {
  std::fprintf(stderr, "convcheck: %s\n", error.message.c_str());
  return exit_code(error.code);
}

void EngineOptions::add_to(CLI::App& app, const std::string& default_list) {
  list = default_list;
  list_option_ = app.add_option("--engines", list,
                                "Engines, comma-separated, or 'all': reference, optimized, onednn, "
                                "onednn:winograd, so:./libmine.so; see `convcheck engines`")
                     ->capture_default_str();
  app.add_option("--engine", names,
                 "One more engine, commas and spaces included: 'exec:python3 peer.py mod:conv'. "
                 "Repeatable; replaces the default of --engines")
      ->take_all()
      ->expected(1);
}

Result<std::vector<std::string>> EngineOptions::resolve() const {
  std::vector<std::string> all;
  // A single --engine means that engine, not that engine and the default ones.
  const bool use_list = names.empty() || list_option_->count() > 0;
  if (use_list) all = list == "all" ? available_engines() : split(list, ',');
  all.insert(all.end(), names.begin(), names.end());
  std::vector<std::string> unique;
  std::unordered_set<std::string> seen;
  for (const std::string& name : all) {
    if (name.empty())
      return fail(ErrorCode::kBadInput, "--engines '{}': an engine's name is empty", list);
    if (seen.insert(name).second) unique.push_back(name);
  }
  if (unique.empty()) return fail(ErrorCode::kBadInput, "no engine is named; give --engines A,B");
  return unique;
}

void ProblemOptions::add_to(CLI::App& app, const std::vector<std::string>& default_suites) {
  suites = default_suites;
  suite_option_ =
      app.add_option("--suite", suites,
                     "A suite by name (see `convcheck suites`), a group of them (onednn), or a "
                     "file of problems, one a line; benchdnn shape files read as they are. "
                     "Repeatable")
          ->take_all()
          ->expected(1)
          ->capture_default_str();
  app.add_option("--problem", problems,
                 "One problem or chain, such as ic16ih8oc32kh3ph1 or 'deconv:g2ic8ih5oc4kh3sh2'. "
                 "Repeatable; replaces the default suites")
      ->take_all()
      ->expected(1);
  filter.add_to(app);
}

Result<std::vector<ProblemOptions::Line>> ProblemOptions::load() const {
  CONVCHECK_ASSIGN(const std::function<bool(const SuiteLine&)> takes, filter.compile());
  std::vector<Line> lines;
  const bool use_suites =
      problems.empty() || suite_option_ == nullptr || suite_option_->count() > 0;
  for (const std::string& suite : use_suites ? suites : std::vector<std::string>{}) {
    CONVCHECK_ASSIGN(const std::vector<SuiteFile> files, suite_files(suite));
    for (const SuiteFile& file : files) {
      CONVCHECK_ASSIGN(const std::string text, read_file(file.path));
      Result<std::vector<SuiteLine>> parsed = parse_suite(text);
      if (!parsed) return fail(parsed.error().code, "{}: {}", file.path, parsed.error().message);
      for (SuiteLine& line : *parsed) lines.push_back({file.name, std::move(line)});
    }
  }
  for (const std::string& problem : problems) {
    Result<NamedChain> parsed = parse_chain(problem);
    if (!parsed) return fail(parsed.error().code, "--problem: {}", parsed.error().message);
    lines.push_back({"", {*std::move(parsed), "", 0}});
  }
  const std::size_t all = lines.size();
  std::erase_if(lines, [&](const Line& line) { return !takes(line.line); });
  if (lines.empty() && all != 0)
    return fail(ErrorCode::kBadInput, "{}: none of the {} problems matches", filter.text(), all);
  return lines;
}

void OutputOptions::add_to(CLI::App& app) {
  app.add_option("--json", json, "Write the whole report here, as JSON");
  app.add_option("--junit", junit, "Write the verdicts here, as JUnit XML");
  app.add_option("--markdown", markdown, "Write a summary for a CI page here, as Markdown");
  app.add_flag("--quiet,-q", quiet, "No progress on the terminal");
}

Result<std::vector<int>> parse_thread_list(const std::string& text) {
  std::vector<int> threads;
  for (const std::string& item : split(text, ',')) {
    int value = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (error != std::errc{} || end != item.data() + item.size() || value < 1 || value > 1024)
      return fail(ErrorCode::kBadInput, "--threads '{}': '{}' is no number from 1 to 1024", text,
                  item);
    threads.push_back(value);
  }
  return threads;
}

}  // namespace convcheck::cli
