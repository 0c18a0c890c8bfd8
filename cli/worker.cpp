// SPDX-License-Identifier: Apache-2.0
// convcheck worker: hidden; what the other subcommands start for every engine.
#include "peers/worker.hpp"

#include "benchmarks/time_engine.hpp"
#include "cli/commands.hpp"
#include "cli/engines.hpp"
#include "cli/options.hpp"

namespace convcheck::cli {

void add_worker(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("worker", "Answer requests of another convcheck process");
  command->group("");  // Not in --help: nobody starts it by hand.
  command->callback([&action] {
    action = [] {
      const Result<int> code =
          peers::worker_main_from_environment({make_built_in_engine, benchmarks::EngineTimer()});
      return code ? *code : report_error(code.error());
    };
  });
}

}  // namespace convcheck::cli
