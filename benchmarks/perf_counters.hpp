// SPDX-License-Identifier: Apache-2.0
// Hardware counters of this process's threads, where the kernel has them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace convcheck::benchmarks {

/// An event of linux/perf_event.h.
struct PerfEvent {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};
/// Instructions, cycles and cache misses of the hardware, in this order.
std::vector<PerfEvent> hardware_events();

/// Counts events of every thread that the process has when `start` is called, user mode only.
///
/// Events that the kernel refuses are absent, and all are on other systems than Linux: nothing is
/// printed and nothing fails. Counts of events that had to share a counter are scaled.
class PerfCounters {
 public:
  explicit PerfCounters(std::vector<PerfEvent> events) : events_(std::move(events)) {}
  ~PerfCounters() { close_all(); }
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;

  void start();
  /// Since `start`, by event, over all threads.
  std::vector<std::optional<double>> stop();

 private:
  struct Counter {
    int descriptor;
    std::size_t event;
  };
  void close_all();

  std::vector<PerfEvent> events_;
  std::vector<Counter> counters_;
};

}  // namespace convcheck::benchmarks
