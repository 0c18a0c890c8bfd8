// SPDX-License-Identifier: Apache-2.0
// What it costs to start a parallel region and to wait for its end.
#pragma once

#include <vector>

namespace convcheck::benchmarks {

/// Seconds of one ThreadPool::run of an empty task on `threads` threads, called again and again, as
/// by a sequence of small problems: `samples` >= 1 means over about `sample_seconds` each.
std::vector<double> fork_join_seconds(int threads, int samples, double sample_seconds);

}  // namespace convcheck::benchmarks
