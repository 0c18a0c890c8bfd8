// SPDX-License-Identifier: Apache-2.0
// Starts a worker, tells its process id, and waits to be killed.
#include <unistd.h>

#include <cstdlib>

#include "peers/worker_runner.hpp"

int main(int argc, char** argv) {
  using namespace convcheck::peers;
  if (argc != 4) return 2;
  WorkerOptions options;
  options.command = {argv[1]};
  options.engine = std::string("so:") + argv[2];
  options.name = options.engine;
  const auto runner = WorkerRunner::start(options);
  if (!runner) return 1;
  const pid_t pid = (*runner)->pid();
  if (::write(std::atoi(argv[3]), &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid)) return 1;
  for (;;) ::pause();
}
