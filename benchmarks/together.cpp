// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/together.hpp"

#include <time.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <thread>

namespace convcheck::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

TogetherSamples run_together(int threads, int samples, const std::function<double(int)>& work,
                             const std::function<void(int)>& ready) {
  struct Part {
    Clock::time_point begin, end;
    double cpu_seconds = 0;
    double amount = 0;
  };
  std::vector<Part> parts(static_cast<std::size_t>(threads));
  TogetherSamples result;
  std::barrier gate(threads);
  const auto one_part = [&](int index) {
    Part& part = parts[static_cast<std::size_t>(index)];
    if (ready) ready(index);
    for (int sample = 0; sample < samples; ++sample) {
      gate.arrive_and_wait();
      const double cpu_begin = thread_cpu_seconds();
      part.begin = Clock::now();
      part.amount = work(index);
      part.end = Clock::now();
      part.cpu_seconds = thread_cpu_seconds() - cpu_begin;
      gate.arrive_and_wait();
      if (index != 0) continue;
      auto begin = parts[0].begin;
      auto end = parts[0].end;
      double amount = 0;
      double cpu_seconds = 0;
      for (const Part& p : parts) {
        begin = std::min(begin, p.begin);
        end = std::max(end, p.end);
        amount += p.amount;
        cpu_seconds += p.cpu_seconds;
      }
      const double seconds = std::chrono::duration<double>(end - begin).count();
      result.amounts_per_second.push_back(amount / seconds);
      result.cpu_shares.push_back(cpu_seconds / (threads * seconds));
    }
  };
  std::vector<std::thread> others;
  for (int index = 1; index < threads; ++index) others.emplace_back(one_part, index);
  one_part(0);
  for (std::thread& other : others) other.join();
  return result;
}

}  // namespace convcheck::benchmarks
