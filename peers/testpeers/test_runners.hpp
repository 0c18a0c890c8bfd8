// SPDX-License-Identifier: Apache-2.0
// For tests: runners of the test worker.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "peers/engine_spec.hpp"
#include "peers/testpeers/test_cases.hpp"

namespace convcheck::peers {

inline RunnerOptions options() {
  RunnerOptions options;
  options.worker_executable = CONVCHECK_TEST_WORKER;
  options.worker_arguments = {};
  options.peers_directory = CONVCHECK_PEERS;
  return options;
}

inline std::unique_ptr<Runner> worker(const std::string& name,
                                      const RunnerOptions& with = options()) {
  const Result<EngineSpec> spec = parse_engine_spec(name);
  if (!spec) throw std::runtime_error(spec.error().message);
  Result<std::unique_ptr<Runner>> runner = make_runner(*spec, with);
  if (!runner) throw std::runtime_error(runner.error().message);
  return *std::move(runner);
}

inline std::unique_ptr<Runner> misbehaving(const std::string& variant,
                                           const RunnerOptions& with = options()) {
  return worker("so:" + module_path("misbehaving") + "#" + variant, with);
}

}  // namespace convcheck::peers
