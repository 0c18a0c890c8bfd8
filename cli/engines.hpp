// SPDX-License-Identifier: Apache-2.0
// Engines by name: those built into this program, and workers for all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/bench.hpp"
#include "core/case.hpp"
#include "core/engine.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

/// `reference`, `optimized[:VARIANT]`, `mutant:NAME`. kEngineStart for another name.
Result<std::unique_ptr<Engine>> make_built_in_engine(std::string_view name);

/// What `--engines all` means: optimized, reference and the adapters found, but not the planted
/// bugs and not the adapters that are examples.
std::vector<std::string> available_engines();

struct StartOptions {
  double case_timeout_seconds = 60;
  std::uint64_t memory_limit_bytes = 0;  ///< 0: half of the machine's.
  /// "NAME=VALUE": environment variables of the engine's process, beside this one's.
  std::vector<std::string> settings;
  /// Built-in engines run in this process: fast, without guards. Others always get a worker.
  bool in_process = false;
};

/// The engine behind a runner; kEngineStart or kParse with what was looked for.
Result<std::unique_ptr<Runner>> start_engine(const std::string& name, const StartOptions&);

/// What a report says of a started engine, or of one that could not be (empty version, the reason).
reports::EngineEntry engine_entry(const Runner&);
reports::EngineEntry missing_engine_entry(const std::string& name, const Error&);

/// The engines of a run: those that started, and the document's entries for all.
struct EngineSet {
  std::vector<std::unique_ptr<Runner>> runners;
  bool all_started = true;
};
/// Starts every engine; those that fail are said on stderr and entered as unavailable.
EngineSet start_engines(const std::vector<std::string>& names, const StartOptions&,
                        reports::Document&);

/// The engines of a run for timing, each in `launches` processes, and the first once more in as
/// many: its twin. An engine counts as started if all its processes do.
struct TimedEngineSet {
  std::vector<std::unique_ptr<Runner>> runners;
  std::vector<benchmarks::EngineUnderTest> engines;
  bool all_started = true;
};
TimedEngineSet start_timed_engines(const std::vector<std::string>& names, int launches,
                                   const StartOptions&, reports::Document&);

}  // namespace convcheck::cli
