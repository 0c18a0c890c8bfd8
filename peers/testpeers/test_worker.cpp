// SPDX-License-Identifier: Apache-2.0
// A worker for tests: no engines of its own, a timer that answers at once.
#include <cstdio>

#include "peers/worker.hpp"

// The worker's own handlers judge faults, and what a peer leaks is not this program's.
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
         "use_sigaltstack=0:detect_leaks=0";
}
// Only synchronous faults are handled, and a report would end the process with a code of its own.
extern "C" const char* __tsan_default_options() { return "report_signal_unsafe=0"; }

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
    return timing;
  };
  const Result<int> code = worker_main_from_environment(services);
  if (code) return *code;
  std::fprintf(stderr, "%s\n", code.error().message.c_str());
  return 2;
}
