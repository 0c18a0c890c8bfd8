// SPDX-License-Identifier: Apache-2.0
// One case on one engine with every operand between unreadable pages: the inside of the worker.
#pragma once

#include <memory>
#include <vector>

#include "core/case.hpp"
#include "peers/guarded_buffer.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {

/// Runs cases as their environment asks: operands flush against guard pages, inputs read-only, the
/// output poisoned. Checks the bytes around operands, the inputs, that every element was written,
/// and the environment of the call. After a case the operands are out of reach, so that a thread
/// which still works on them faults; where a case has left more threads than there were, they get
/// kSettleMilliseconds to do so. Every case prepares its plan anew, so an outcome depends on the
/// case alone. A fault ends the process through fault_handler.
class GuardedCaller {
 public:
  static constexpr int kSettleMilliseconds = 20;

  explicit GuardedCaller(Engine& engine);
  ~GuardedCaller();
  GuardedCaller(const GuardedCaller&) = delete;
  GuardedCaller& operator=(const GuardedCaller&) = delete;

  /// Reads inputs from and writes the output to the tensor bytes, at the request's places. The
  /// outcome has no output of its own.
  Outcome run(const CaseRequest&, std::byte* tensors);

 private:
  struct Slot;
  class Call;
  void seal();

  Engine& engine_;
  std::size_t known_threads_ = 1;
  std::vector<std::unique_ptr<Slot>> slots_;  // By index in operand_specs; reused by every case.
};

}  // namespace convcheck::peers
