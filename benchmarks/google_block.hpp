// SPDX-License-Identifier: Apache-2.0
// One block of calls as one Google Benchmark run, registered at run time; prints nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/result.hpp"

namespace convcheck::benchmarks {

/// What a block calls again and again.
class TimedCall {
 public:
  TimedCall() = default;
  TimedCall(const TimedCall&) = delete;
  TimedCall& operator=(const TimedCall&) = delete;
  virtual ~TimedCall() = default;

  virtual Status call() = 0;
};

struct Block {
  std::int64_t calls = 0;
  double seconds = 0;                ///< Real time of all the calls.
  std::vector<double> call_seconds;  ///< Each by itself, if something came before each.
};

/// Of one block.
struct BlockPlan {
  std::int64_t calls = 1;          ///< At least 1.
  std::int64_t warm_up_calls = 0;  ///< Before them, untimed.
  /// Untimed, before the last call (with 1) and the one before it, if there is one (with 2); may be
  /// empty.
  std::function<Status(std::int64_t left)> before_last;
  /// Untimed, before every call, each of which is then timed by itself; may be empty.
  std::function<void()> before_each;
  /// Untimed: `observe(true)` after the warm-up, `observe(false)` after the last call, or before
  /// the first `before_last`, if that is earlier, with the number of calls between. May be empty.
  std::function<void(bool begin, std::int64_t calls)> observe;
};

/// Times calls in a row in the calling thread and on the real-time clock. The first error of a call
/// ends the block and is returned. One block at a time: Google Benchmark's registry belongs to the
/// process, and is empty afterwards.
Result<Block> time_block(TimedCall&, const BlockPlan&);

}  // namespace convcheck::benchmarks
