// SPDX-License-Identifier: Apache-2.0
// A worker for tests: no engines of its own, a timer that answers at once.
#include <cstdio>

#include "peers/worker.hpp"

int main() {
  using namespace convcheck;
  using namespace convcheck::peers;
  WorkerServices services;
  services.engine = [](std::string_view name) -> Result<std::unique_ptr<Engine>> {
    return fail(ErrorCode::kEngineStart, "the test worker has no engine \"{}\"", name);
  };
  services.timing = [](Engine& engine, const Case& c,
                       const TimingRequest& request) -> Result<Timing> {
    if (request.budget_seconds < 1e-3) {
      for (volatile int forever = 1; forever != 0;) {
      }
    }
    Timing timing;
    timing.calls = static_cast<std::int64_t>(c.operands.size());
    timing.seconds_per_call = request.min_block_seconds;
    timing.algorithm = engine.info().version;
    if (request.last_operands != nullptr) {  // What it was given, in the first two elements.
      const ConvProblem& p = c.chain.back();
      timing.last_output.emplace(p.type(p.written()), p.shape(p.written()));
      timing.last_output->set_value(0, c.operands.front().value(0));
      timing.last_output->set_value(1, request.last_operands->front().value(0));
    }
    return timing;
  };
  const Result<int> code = worker_main_from_environment(services);
  if (code) return *code;
  std::fprintf(stderr, "%s\n", code.error().message.c_str());
  return 2;
}
