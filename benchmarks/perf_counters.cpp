// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/perf_counters.hpp"

#if defined(__linux__)
#include <dirent.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string_view>
#endif

namespace convcheck::benchmarks {
#if defined(__linux__)
namespace {

std::vector<int> threads_of_this_process() {
  std::vector<int> threads;
  DIR* const folder = opendir("/proc/self/task");
  if (folder == nullptr) return threads;
  while (const dirent* entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    int thread = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), thread);
    if (error == std::errc()) threads.push_back(thread);
  }
  closedir(folder);
  return threads;
}

int open_event(const PerfEvent& event, int thread) {
  perf_event_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.disabled = 1;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

std::vector<PerfEvent> hardware_events() {
  return {{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
          {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
          {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES}};
}

void PerfCounters::start() {
  close_all();
  const std::vector<int> threads = threads_of_this_process();
  for (std::size_t event = 0; event < events_.size(); ++event) {
    for (const int thread : threads) {
      const int descriptor = open_event(events_[event], thread);
      if (descriptor >= 0) counters_.push_back({descriptor, event});
    }
  }
  for (const Counter& counter : counters_) ioctl(counter.descriptor, PERF_EVENT_IOC_ENABLE, 0);
}

std::vector<std::optional<double>> PerfCounters::stop() {
  for (const Counter& counter : counters_) ioctl(counter.descriptor, PERF_EVENT_IOC_DISABLE, 0);
  std::vector<std::optional<double>> counts(events_.size());
  for (const Counter& counter : counters_) {
    struct {
      std::uint64_t value, enabled, running;
    } reading{};
    if (read(counter.descriptor, &reading, sizeof reading) != sizeof reading) continue;
    double value = static_cast<double>(reading.value);
    if (reading.running != 0)
      value *= static_cast<double>(reading.enabled) / static_cast<double>(reading.running);
    counts[counter.event] = counts[counter.event].value_or(0) + value;
  }
  close_all();
  return counts;
}

void PerfCounters::close_all() {
  for (const Counter& counter : counters_) close(counter.descriptor);
  counters_.clear();
}

#else

std::vector<PerfEvent> hardware_events() { return std::vector<PerfEvent>(3); }
void PerfCounters::start() {}
std::vector<std::optional<double>> PerfCounters::stop() {
  return std::vector<std::optional<double>>(events_.size());
}
void PerfCounters::close_all() {}

#endif

}  // namespace convcheck::benchmarks
