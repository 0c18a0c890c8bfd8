// SPDX-License-Identifier: Apache-2.0
// The worker: the process in which an engine lives while it is judged or timed.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/engine.hpp"
#include "peers/timing_hook.hpp"

namespace convcheck::peers {

/// What the program around the worker lends it.
struct WorkerServices {
  /// Engines built into the program, by their name on the command line; an error for a name that it
  /// does not know. `so:` names never reach it.
  std::function<Result<std::unique_ptr<Engine>>(std::string_view name)> engine;
  /// May be empty: `time` is answered with an error then.
  TimingHook timing;
};

/// Answers requests (docs/peers.md) until `quit` or the end of the requests. Returns the process's
/// exit code: 0, or kExitChannelLost where a descriptor was closed under it. Meant as the body of
/// `convcheck worker`: it changes signal handlers of the process.
int worker_main(int request_fd, int answer_fd, const WorkerServices&);

/// As above, with the descriptors that CONVCHECK_REQUEST_FD and CONVCHECK_ANSWER_FD name. kBadInput
/// where they do not: somebody ran the worker by hand.
Result<int> worker_main_from_environment(const WorkerServices&);

}  // namespace convcheck::peers
