// SPDX-License-Identifier: Apache-2.0
// One block of calls as one Google Benchmark run, registered at run time; prints nothing.
#pragma once

#include <cstdint>

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
  double seconds = 0;  ///< Real time of all the calls.
};

/// Times `calls` >= 1 calls in a row, after `warm_up_calls` untimed ones, in the calling thread and
/// on the real-time clock. The first error of a call ends the block and is returned. One block at a
/// time: Google Benchmark's registry belongs to the process, and is empty afterwards.
Result<Block> time_block(TimedCall&, std::int64_t calls, std::int64_t warm_up_calls);

}  // namespace convcheck::benchmarks
