// SPDX-License-Identifier: Apache-2.0
// The process behind a runner: started, asked, watched, ended, started again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/case.hpp"
#include "peers/child_process.hpp"
#include "peers/protocol.hpp"

namespace convcheck::peers {

/// Half of the machine's memory.
std::uint64_t default_memory_limit_bytes();

struct WorkerOptions {
  std::vector<std::string> command;   ///< Program (a path) and arguments.
  std::vector<std::string> settings;  ///< "NAME=VALUE": environment variables beside our own.
  std::string engine;                 ///< What `hello` asks for.
  std::string name;                   ///< EngineInfo::name: as on the command line.
  /// The program is a peer of its own (`exec:`) and not convcheck's worker: the parent makes prior
  /// calls, poisons the output and checks it, and operands have no guard pages.
  bool is_program = false;
  double case_timeout_seconds = 60;
  double start_timeout_seconds = 60;
  /// Private memory (no files, no shared tensors) above which the process is killed; not watched
  /// where there is no /proc.
  std::uint64_t memory_limit_bytes = default_memory_limit_bytes();
};

/// How often a process that computes is looked after: its memory, its log, whether it lives. A peer
/// fills memory at some gigabytes a second, so it overshoots its limit by some tens of megabytes.
inline constexpr int kTickMilliseconds = 10;
/// The same while it is timed: whoever looks after it takes its time.
inline constexpr int kTimedTickMilliseconds = 100;

/// One request and what came of it.
struct Exchange {
  /// kCompleted: there is an answer, whatever it says. Everything else: the process has ended.
  OutcomeKind kind = OutcomeKind::kCompleted;
  Json answer;
  std::string sentence;       ///< What went wrong, unless kCompleted or `fault` says it.
  std::optional<Json> fault;  ///< A worker's last words (fault_handler.hpp).
  std::string log;            ///< The tail of what was printed since the request.
};

/// A process that is started again after whatever ended it. Used by one thread at a time.
class WorkerLink {
 public:
  /// Nothing runs yet. `tensor_fd` outlives the link.
  WorkerLink(WorkerOptions options, int tensor_fd);

  /// Starts the process and says hello. kEngineStart with the sentence of what went wrong.
  Status start();
  /// Asks; starts the process before if it has ended, and continues it if it is stopped.
  Exchange exchange(Json request, double timeout_seconds, int tick_milliseconds);
  /// Ends the process; the next request starts another.
  void end() { child_.end(); }
  void pause();
  void resume();

  [[nodiscard]] const WorkerOptions& options() const { return options_; }
  [[nodiscard]] const EngineInfo& info() const { return info_; }
  /// Of the process that runs now; 0 if none does.
  [[nodiscard]] pid_t pid() const { return child_.running() ? child_.pid() : 0; }

 private:
  Status greet();
  Exchange exchange_running(Json request, double timeout_seconds, int tick_milliseconds);
  void await_answer(Exchange&, std::int64_t id, double timeout_seconds, int tick_milliseconds);
  void finish(Exchange&);
  [[nodiscard]] std::string log_tail() const;
  void clear_log();

  WorkerOptions options_;
  int tensor_fd_;
  EngineInfo info_;
  ChildProcess child_;
  Descriptor log_;
  std::int64_t next_id_ = 0;
  bool paused_ = false;
};

}  // namespace convcheck::peers
