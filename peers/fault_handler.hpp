// SPDX-License-Identifier: Apache-2.0
// The worker's last words: a fault, named by operand, written to the answer descriptor.
#pragma once

#include <cstdint>

namespace convcheck::peers {

/// Which of a peer's functions is running, for the sentence about a fault. Values travel.
enum class Phase : int {
  kNone = 0,
  kSupports,
  kPrepare,
  kImport,
  kPack,
  kPriorRun,
  kRun,
  kExport,
  kConcurrentRun,
  kTime,
  kDestroy,
  kAfterCall,
};
const char* to_string(Phase);

/// Installs handlers for SIGSEGV, SIGBUS, SIGFPE and SIGILL on an alternate stack of the calling
/// thread. On one of them the handler writes one message,
///
///   {"id": ID, "outcome": "crashed", "fault": {"signal", "code", "phase", "access", "address",
///    "operand", "native", "offset", "bytes"}}
///
/// to `answer_fd` and ends the process with kExitAfterFault. "operand" is the index given to
/// watch_operand, or -1; "access" is 0 (unknown), 1 (read) or 2 (write). Repeated calls install the
/// handlers again where a peer has put its own.
void install_fault_handlers(int answer_fd);

/// The request that a fault answers.
void set_fault_request(std::int64_t id);
/// The phase that a fault is reported in.
void set_fault_phase(Phase);

/// Addresses that belong to an operand: `zone` includes the guards around it.
struct WatchedOperand {
  std::uintptr_t zone_begin, zone_end;
  std::uintptr_t data;
  std::uint64_t bytes;
  int operand;
  bool native;  ///< In the plan's own layout, not the plain one.
};
inline constexpr int kMaxWatched = 64;
/// Replaces what was watched; at most kMaxWatched are kept.
void watch_operands(const WatchedOperand* operands, int count);

}  // namespace convcheck::peers
