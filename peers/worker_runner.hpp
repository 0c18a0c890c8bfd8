// SPDX-License-Identifier: Apache-2.0
// Runs cases in another process, which may crash, hang, leak or lie; the run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/case.hpp"
#include "peers/child_process.hpp"
#include "peers/shared_tensors.hpp"

namespace convcheck::peers {

/// Half of the machine's memory.
std::uint64_t default_memory_limit_bytes();

struct WorkerOptions {
  std::vector<std::string> command;  ///< Program (a path) and arguments.
  std::string engine;                ///< What `hello` asks for.
  std::string name;                  ///< EngineInfo::name: as on the command line.
  /// The program is a peer of its own (`exec:`) and not convcheck's worker: the parent makes prior
  /// calls, poisons the output and checks it, and operands have no guard pages.
  bool is_program = false;
  double case_timeout_seconds = 60;
  double start_timeout_seconds = 60;
  /// Private memory (no files, no shared tensors) above which the process is killed.
  std::uint64_t memory_limit_bytes = default_memory_limit_bytes();
};

/// A process that is started again after whatever ended it. Used by one thread at a time.
class WorkerRunner final : public Runner {
 public:
  /// Starts the process and says hello. kEngineStart with the sentence of what went wrong.
  static Result<std::unique_ptr<WorkerRunner>> start(WorkerOptions options);
  ~WorkerRunner() override;

  [[nodiscard]] const EngineInfo& engine() const override { return info_; }
  Status supports(const Chain&) override;
  Outcome run(const Case&) override;
  Result<Timing> time(const Case&, const TimingRequest&) override;
  void pause() override;
  void resume() override;

  /// Of the process that runs now; 0 if none does.
  [[nodiscard]] pid_t pid() const { return child_.running() ? child_.pid() : 0; }

 private:
  struct Exchange;

  explicit WorkerRunner(WorkerOptions options);
  Status open();
  Status start_child();
  Exchange exchange(Json request, double timeout_seconds);
  Exchange exchange_running(Json request, double timeout_seconds);
  void await_answer(Exchange&, std::int64_t id, double timeout_seconds);
  void finish(Exchange&);
  [[nodiscard]] std::string log_tail() const;
  void clear_log();

  Status place(const Case&, const std::vector<OperandSpec>&);
  void load_inputs(const Case&);
  void load_other_data(int call);
  Outcome outcome_of_exchange(const Exchange&) const;
  Outcome run_once(const Case&, std::uint8_t poison);
  void check_program(const Case&, Outcome&);

  WorkerOptions options_;
  EngineInfo info_;
  ChildProcess child_;
  SharedTensors tensors_;
  Descriptor log_;
  std::int64_t next_id_ = 0;
  bool paused_ = false;
};

}  // namespace convcheck::peers
