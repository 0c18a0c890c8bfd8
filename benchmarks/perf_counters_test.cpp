// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/perf_counters.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#if defined(__linux__)
#include <linux/perf_event.h>

namespace convcheck::benchmarks {
namespace {

// Faults of `pages` pages in the calling thread.
void touch_pages(std::size_t pages) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory =
      mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  munmap(memory, pages * page);
}

constexpr PerfEvent kPageFaults{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS};
constexpr PerfEvent kNoSuchEvent{0xFFFF, 0};

TEST(PerfCounters, CountAllThreadsBetweenStartAndStop) {
  PerfCounters counters({kPageFaults, kNoSuchEvent});
  std::atomic<int> step{0};
  std::thread other([&] {
    while (step == 0) std::this_thread::yield();
    touch_pages(300);
    step = 2;
    while (step == 2) std::this_thread::yield();
  });
  touch_pages(1000);
  counters.start();
  touch_pages(200);
  step = 1;
  while (step == 1) std::this_thread::yield();
  const auto counts = counters.stop();
  step = 3;
  other.join();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[1], std::nullopt);
  if (!counts[0]) GTEST_SKIP() << "this kernel has no perf events";
  EXPECT_GE(*counts[0], 500);
  EXPECT_LT(*counts[0], 1000);
}

TEST(PerfCounters, WithoutStartHaveNothing) {
  PerfCounters counters(hardware_events());
  for (const auto& count : counters.stop()) EXPECT_EQ(count, std::nullopt);
  counters.start();
  EXPECT_EQ(counters.stop().size(), 3U);
}

}  // namespace
}  // namespace convcheck::benchmarks
#endif
