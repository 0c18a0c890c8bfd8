// SPDX-License-Identifier: Apache-2.0
// Engine names of the command line, and the runners behind them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/case.hpp"
#include "peers/worker_runner.hpp"

namespace convcheck::peers {

/// A name taken apart.
struct EngineSpec {
  enum class Kind {
    kNamed,  ///< `reference`, `optimized:direct`, `onednn:winograd`: built in, or an adapter.
    kSo,     ///< `so:PATH`, `so:PATH#VARIANT`.
    kExec,   ///< `exec:COMMAND`.
  };
  Kind kind = Kind::kNamed;
  std::string text;     ///< The whole name.
  std::string name;     ///< kNamed: what stands before the first colon.
  std::string variant;  ///< kNamed: what stands after it; kSo: after the last `#`. May be empty.
  std::string path;     ///< kSo.
  std::string command;  ///< kExec: for /bin/sh.

  friend bool operator==(const EngineSpec&, const EngineSpec&) = default;
};

/// kParse with what is missing.
Result<EngineSpec> parse_engine_spec(std::string_view text);

struct RunnerOptions {
  double case_timeout_seconds = 60;
  double start_timeout_seconds = 60;
  std::uint64_t memory_limit_bytes = default_memory_limit_bytes();
  /// What is started as worker, and with which arguments; by default this program.
  std::string worker_executable = "/proc/self/exe";
  std::vector<std::string> worker_arguments = {"worker"};
  /// "NAME=VALUE": environment variables of the worker or program, beside this process's.
  std::vector<std::string> settings;
  /// Where adapters lie: libraries convcheck_peer_NAME.so, and executable files NAME_peer with any
  /// extension, programs that speak the pipe protocol and take the variant as their argument.
  std::string peers_directory;
  /// Names (before the colon) that the worker's engine factory knows.
  std::vector<std::string> built_in = {"reference", "optimized"};
};

/// Names of the adapters in a directory, sorted; none if there is no such directory.
std::vector<std::string> adapter_names(const std::string& peers_directory);

/// A started worker or program. kEngineStart with a sentence that says what was looked for where,
/// and what there is.
Result<std::unique_ptr<Runner>> make_runner(const EngineSpec&, const RunnerOptions&);

}  // namespace convcheck::peers
