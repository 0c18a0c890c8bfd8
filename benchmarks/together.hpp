// SPDX-License-Identifier: Apache-2.0
// The same work on several threads that start it together, timed from the first start to the last
// end.
#pragma once

#include <functional>
#include <vector>

namespace convcheck::benchmarks {

struct TogetherSamples {
  std::vector<double> amounts_per_second;  ///< What all threads did / real time, by sample.
  /// Per sample: CPU time of its threads / (threads * its real time). Below 1 where other work, or
  /// another virtual machine, had the cores.
  std::vector<double> cpu_shares;
};

/// `samples` times, on `threads` threads: `work(part)`, which returns the amount that it did.
/// `ready(part)` comes before all samples, on the same thread; may be empty.
TogetherSamples run_together(int threads, int samples, const std::function<double(int part)>& work,
                             const std::function<void(int part)>& ready = {});

}  // namespace convcheck::benchmarks
