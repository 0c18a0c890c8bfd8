// SPDX-License-Identifier: Apache-2.0
// Runs cases in another process, which may crash, hang, leak or lie; the run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/case.hpp"
#include "peers/shared_tensors.hpp"
#include "peers/worker_link.hpp"

namespace convcheck::peers {

/// Runs cases in a process that is started again after whatever ended it. Used by one thread at a
/// time.
class WorkerRunner final : public Runner {
 public:
  /// Starts the process and says hello. kEngineStart with the sentence of what went wrong.
  static Result<std::unique_ptr<WorkerRunner>> start(WorkerOptions options);

  [[nodiscard]] const EngineInfo& engine() const override { return link_->info(); }
  Status supports(const Chain&) override;
  Outcome run(const Case&) override;
  Result<Timing> time(const Case&, const TimingRequest&) override;
  void pause() override { link_->pause(); }
  void resume() override { link_->resume(); }

  /// Of the process that runs now; 0 if none does.
  [[nodiscard]] pid_t pid() const { return link_->pid(); }

 private:
  WorkerRunner() = default;
  Status place(const Case&, const std::vector<OperandSpec>&);
  void load_inputs(const Case&);
  void load_other_data(int call);
  [[nodiscard]] Outcome outcome_of_exchange(const Exchange&) const;
  Outcome run_once(const Case&, std::uint8_t poison);
  void check_program(const Case&, Outcome&);
  std::vector<TensorPlace> load_last_inputs(const std::vector<Tensor>& last, std::size_t count);
  void poison_output(std::uint8_t poison);
  Tensor read_output();

  // What of a timed case the shared tensors hold, so that its other blocks need not be handed over.
  struct Timed {
    std::uint64_t case_id = 0;  // 0: of none.
    std::vector<bool> changed;  // By operand: its last one is another, in a place of its own.
    bool has_last = false;      // Those are there too.
  };

  SharedTensors tensors_;
  Timed timed_;
  std::optional<WorkerLink> link_;
};

}  // namespace convcheck::peers
