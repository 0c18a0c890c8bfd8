// SPDX-License-Identifier: Apache-2.0
// What is asked of a timing, and its raw answer: no statistics here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convcheck {

/// One block of timed calls on a case whose result has been verified before.
struct TimingRequest {
  /// The block repeats the call until at least this much time has passed.
  double min_block_seconds = 0.05;
  /// A call predicted or seen to pass this stops the timing: `over_budget`.
  double budget_seconds = 10;
  /// Operands are converted from and to plain layout inside the timed region.
  bool with_conversion = false;
};

/// Raw figures of one block.
struct Timing {
  double prepare_seconds = 0;  ///< 0 if this runner had the plan from the block before.
  double pack_seconds = 0;
  std::int64_t calls = 0;       ///< Calls of the block.
  double seconds_per_call = 0;  ///< Block time / calls: one sample.
  std::size_t workspace_bytes = 0;
  bool over_budget = false;  ///< Not timed: one call takes at least `lower_bound_seconds`.
  double lower_bound_seconds = 0;
  std::string algorithm;
};

}  // namespace convcheck
