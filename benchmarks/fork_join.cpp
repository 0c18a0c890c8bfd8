// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/fork_join.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/thread_pool.hpp"

namespace convcheck::benchmarks {

std::vector<double> fork_join_seconds(int threads, int samples, double sample_seconds) {
  ThreadPool pool(threads);
  const auto seconds_of = [&](std::int64_t runs) {
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < runs; ++i) pool.run([](int) {});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  constexpr std::int64_t kTries = 100;
  seconds_of(kTries);  // The workers start.
  const double tried = std::max(seconds_of(kTries), 1e-9);
  const auto runs = std::max(kTries, static_cast<std::int64_t>(sample_seconds * kTries / tried));
  std::vector<double> seconds;
  for (int sample = 0; sample < samples; ++sample)
    seconds.push_back(seconds_of(runs) / static_cast<double>(runs));
  return seconds;
}

}  // namespace convcheck::benchmarks
