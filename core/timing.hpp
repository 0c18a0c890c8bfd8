// SPDX-License-Identifier: Apache-2.0
// What is asked of a timing, and its raw answer: no statistics here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace convcheck {

/// What the caches hold when a timed call begins.
enum class CacheState {
  kHot,             ///< The call before: calls follow each other.
  kColdWeights,     ///< x, bias and y alone: all else was flushed (weights, workspace, code).
  kColdEverything,  ///< None of it.
};
/// "hot", "cold-weights", "cold-everything".
const char* to_string(CacheState);

/// One block of timed calls on a case whose result has been verified before.
struct TimingRequest {
  /// The block repeats the call until at least this much time has passed.
  double min_block_seconds = 0.05;
  /// A call predicted or seen to pass this stops the timing: `over_budget`.
  double budget_seconds = 10;
  /// Operands are converted from and to plain layout inside the timed region.
  bool with_conversion = false;
  /// So many calls are timed, however long they take; 0: as many as min_block_seconds needs.
  std::int64_t calls = 0;
  /// If not hot, each call is timed by itself, after so many bytes were gone through to flush the
  /// caches; `calls` of them, at least 1.
  CacheState caches = CacheState::kHot;
  std::uint64_t flush_bytes = 0;
  /// If not null, the last timed call of the block reads these in place of the case's operands (in
  /// their order; packed ones are the same, and may be left empty), writes over `poison`, and its
  /// result is returned: an engine that keeps results or skips work is found out by it. Must
  /// outlive the call.
  const std::vector<Tensor>* last_operands = nullptr;
  std::uint8_t poison = 0xFF;  ///< Byte that fills the output before that call.
  /// If not 0, the case and its `last_operands` are bit for bit those of every other request of
  /// this number to the same runner: they are handed over once, and not compared again.
  std::uint64_t case_id = 0;
};

/// Hardware counters of user mode, a call, of all threads; absent where the kernel has none.
struct CallCounters {
  std::optional<double> instructions;
  std::optional<double> cycles;
  std::optional<double> cache_misses;
};

/// Raw figures of one block.
struct Timing {
  double prepare_seconds = 0;  ///< 0 if this runner had the plan from the block before.
  double pack_seconds = 0;
  std::int64_t calls = 0;            ///< Calls of the block.
  double seconds_per_call = 0;       ///< Block time / calls: one sample.
  std::vector<double> call_seconds;  ///< Each call by itself, if the caches were not hot.
  /// In the engine's process, a call; absent where they are not counted.
  std::optional<double> allocations;
  /// Resident memory beyond that before preparation, at its highest since, operands left out;
  /// absent where the kernel does not say.
  std::optional<std::uint64_t> peak_memory_bytes;
  CallCounters counters;
  std::size_t workspace_bytes = 0;
  bool over_budget = false;  ///< Not timed: one call takes at least `lower_bound_seconds`.
  double lower_bound_seconds = 0;
  std::string algorithm;
  std::optional<Tensor> last_output;  ///< Plain, of the call on `last_operands`, if that was made.
  /// The engine measured by its own clock and count; what the runner's clock says of the whole
  /// request is in `wall_seconds`.
  bool self_timed = false;
  double wall_seconds = 0;
};

}  // namespace convcheck
