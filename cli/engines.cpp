// SPDX-License-Identifier: Apache-2.0
#include "cli/engines.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "benchmarks/time_engine.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/paths.hpp"
#include "optimized/engine.hpp"
#include "peers/engine_spec.hpp"
#include "peers/in_process_runner.hpp"
#include "peers/worker.hpp"
#include "properties/innocents.hpp"
#include "properties/mutants.hpp"
#include "reference/naive_engine.hpp"
#include "reference/oracle.hpp"

namespace convcheck::cli {
namespace {

// Adapters that show how one is written.
constexpr std::string_view kExamples[] = {"textbook", "ten_lines"};

const std::vector<std::string> kBuiltIn = {"reference", "optimized", "naive", "mutant", "innocent"};

bool is_built_in(const std::string& name) {
  const std::string first = name.substr(0, name.find(':'));
  return std::find(kBuiltIn.begin(), kBuiltIn.end(), first) != kBuiltIn.end();
}

}  // namespace

Result<std::unique_ptr<Engine>> make_built_in_engine(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string_view first = name.substr(0, colon);
  const std::string_view variant =
      colon == std::string_view::npos ? std::string_view{} : name.substr(colon + 1);
  if (first == "optimized") {
    Result<std::unique_ptr<Engine>> engine = optimized::make_engine(variant);
    if (!engine) return fail(ErrorCode::kEngineStart, "{}", engine.error().message);
    return engine;
  }
  if (first == "mutant") return properties::make_mutant(variant);
  if (first == "innocent") return properties::make_innocent(variant);
  if (first == "reference" && variant.empty()) return reference::make_reference_engine();
  if (first == "naive" && variant.empty()) return reference::make_naive_engine();
  if (first == "reference" || first == "naive")
    return fail(ErrorCode::kEngineStart, "engine '{}': {} has no variants", name, first);
  return fail(ErrorCode::kEngineStart,
              "engine '{}' is not built in; built in are reference, optimized, naive, mutant:NAME, "
              "innocent:NAME",
              name);
}

std::vector<std::string> available_engines() {
  std::vector<std::string> names = {"optimized", "reference"};
  for (const std::string& adapter : peers::adapter_names(peers_directory())) {
    if (std::find(std::begin(kExamples), std::end(kExamples), adapter) == std::end(kExamples))
      names.push_back(adapter);
  }
  return names;
}

Result<std::unique_ptr<Runner>> start_engine(const std::string& name, const StartOptions& options) {
  if (options.in_process && is_built_in(name)) {
    CONVCHECK_ASSIGN(std::unique_ptr<Engine> engine, make_built_in_engine(name));
    return std::make_unique<peers::InProcessRunner>(std::move(engine), benchmarks::EngineTimer());
  }
  CONVCHECK_ASSIGN(const peers::EngineSpec spec, peers::parse_engine_spec(name));
  peers::RunnerOptions runner;
  runner.case_timeout_seconds = options.case_timeout_seconds;
  if (options.memory_limit_bytes != 0) runner.memory_limit_bytes = options.memory_limit_bytes;
  runner.settings = options.settings;
  runner.worker_executable = executable_path();
  runner.peers_directory = peers_directory();
  runner.built_in = kBuiltIn;
  return peers::make_runner(spec, runner);
}

reports::EngineEntry engine_entry(const Runner& runner) {
  const EngineInfo& info = runner.engine();
  return {info.name, info.version, info.loaded, info.licence, true, ""};
}

reports::EngineEntry missing_engine_entry(const std::string& name, const Error& error) {
  return {name, "", "", "", false, error.message};
}

EngineSet start_engines(const std::vector<std::string>& names, const StartOptions& options,
                        reports::Document& document) {
  EngineSet set;
  for (const std::string& name : names) {
    Result<std::unique_ptr<Runner>> runner = start_engine(name, options);
    if (!runner) {
      std::fprintf(stderr, "convcheck: %s\n", runner.error().message.c_str());
      document.engines.push_back(missing_engine_entry(name, runner.error()));
      set.all_started = false;
      continue;
    }
    document.engines.push_back(engine_entry(**runner));
    set.runners.push_back(*std::move(runner));
  }
  return set;
}

TimedEngineSet start_timed_engines(const std::vector<std::string>& names, int launches,
                                   const StartOptions& options, reports::Document& document) {
  TimedEngineSet set;
  const auto start = [&](const std::string& name) -> Result<std::vector<Runner*>> {
    std::vector<Runner*> started;
    for (int i = 0; i < launches; ++i) {
      CONVCHECK_ASSIGN(std::unique_ptr<Runner> runner, start_engine(name, options));
      started.push_back(runner.get());
      set.runners.push_back(std::move(runner));
    }
    return started;
  };
  for (const std::string& name : names) {
    Result<std::vector<Runner*>> started = start(name);
    Result<std::vector<Runner*>> twin = std::vector<Runner*>();
    if (started && set.engines.empty()) twin = start(name);
    if (!started || !twin) {
      const Error& error = started ? twin.error() : started.error();
      std::fprintf(stderr, "convcheck: %s\n", error.message.c_str());
      document.engines.push_back(missing_engine_entry(name, error));
      set.all_started = false;
      continue;
    }
    document.engines.push_back(engine_entry(*started->front()));
    set.engines.push_back({name, *std::move(started), *std::move(twin)});
  }
  return set;
}

}  // namespace convcheck::cli
