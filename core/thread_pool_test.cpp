// SPDX-License-Identifier: Apache-2.0
#include "core/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace convcheck {
namespace {

constexpr int kCounts[] = {1, 2, 3, 7, 16};

TEST(ThreadPool, RunsEveryPartOnceAndShowsWhatItWrote) {
  for (const int threads : kCounts) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    // Plain integers: a part that ran twice, or whose writes were not published, is a race.
    std::vector<int> calls(static_cast<std::size_t>(threads));
    constexpr int kRounds = 500;
    for (int round = 0; round < kRounds; ++round) {
      pool.run([&](int part) { ++calls[static_cast<std::size_t>(part)]; });
      ASSERT_EQ(std::accumulate(calls.begin(), calls.end(), 0), (round + 1) * threads);
    }
    for (const int count : calls) EXPECT_EQ(count, kRounds);
  }
}

TEST(ThreadPool, LateWorkersNeverTakeAPartOfAnotherJob) {
  // Jobs of different length and content in quick succession, with pauses that let workers sleep.
  ThreadPool pool(4);
  for (int round = 0; round < 300; ++round) {
    std::array<int, 4> seen{};
    pool.run([&seen, round](int part) {
      if (part == round % 4) std::this_thread::yield();
      seen[static_cast<std::size_t>(part)] = round * 4 + part;
    });
    for (int part = 0; part < 4; ++part)
      ASSERT_EQ(seen[static_cast<std::size_t>(part)], round * 4 + part);
    if (round % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST(ThreadPool, OnePartRunsOnTheCaller) {
  ThreadPool pool(1);
  std::thread::id id;
  pool.run([&](int) { id = std::this_thread::get_id(); });
  EXPECT_EQ(id, std::this_thread::get_id());
}

TEST(ThreadPool, PartZeroRunsOnTheCallerAndOthersElsewhereWhenTheyWait) {
  ThreadPool pool(2);
  // The caller stays in part 0 until a worker has taken part 1: it must be another thread.
  std::atomic<bool> taken{false};
  std::array<std::thread::id, 2> ids;
  pool.run([&](int part) {
    ids[static_cast<std::size_t>(part)] = std::this_thread::get_id();
    if (part == 1) taken = true;
    while (part == 0 && !taken) std::this_thread::yield();
  });
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_NE(ids[1], ids[0]);
}

TEST(ThreadPool, NestedRunDoesEverythingItself) {
  ThreadPool pool(3);
  std::array<std::array<int, 3>, 3> calls{};
  pool.run([&](int outer) {
    pool.run([&](int inner) {
      ++calls[static_cast<std::size_t>(outer)][static_cast<std::size_t>(inner)];
    });
  });
  for (const auto& row : calls)
    for (const int count : row) EXPECT_EQ(count, 1);
}

TEST(ThreadPool, ConcurrentCallersEachGetAllTheirParts) {
  ThreadPool pool(3);
  constexpr int kRounds = 300;
  std::array<std::array<int, 3>, 4> calls{};
  std::vector<std::thread> callers;
  for (std::size_t caller = 0; caller < calls.size(); ++caller)
    callers.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round)
        pool.run([&](int part) { ++calls[caller][static_cast<std::size_t>(part)]; });
    });
  for (std::thread& caller : callers) caller.join();
  for (const auto& row : calls)
    for (const int count : row) EXPECT_EQ(count, kRounds);
}

TEST(ThreadPool, TakesConstAndMutableTasks) {
  ThreadPool pool(2);
  std::array<int, 2> calls{};
  const auto constant = [&calls](int part) { ++calls[static_cast<std::size_t>(part)]; };
  pool.run(constant);
  auto named = constant;
  pool.run(named);
  EXPECT_EQ(calls, (std::array<int, 2>{2, 2}));
}

TEST(ThreadPool, PoolsComeAndGo) {
  for (int i = 0; i < 50; ++i) {
    ThreadPool idle(3);
    ThreadPool pool(2);
    std::array<int, 2> calls{};
    if (i % 2 == 0) pool.run([&](int part) { ++calls[static_cast<std::size_t>(part)]; });
    EXPECT_EQ(calls[0], i % 2 == 0 ? 1 : 0);
  }
}

TEST(ThreadPool, ChildOfAForkRunsInItsCaller) {
  ThreadPool pool(3);
  pool.run([](int) {});
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::array<int, 3> calls{};
    pool.run([&](int part) { ++calls[static_cast<std::size_t>(part)]; });
    std::_Exit(calls == std::array<int, 3>{1, 1, 1} ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ThreadPoolDeathTest, ChildOfAForkCanDestroyItsParentsPool) {
  // The threadsafe style would start the test anew instead of forking with the pool alive.
  GTEST_FLAG_SET(death_test_style, "fast");
  auto pool = std::make_unique<ThreadPool>(2);
  pool->run([](int) {});
  EXPECT_EXIT(
      {
        pool.reset();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(PartOf, CoversTheRangeInOrderWithSizesThatDifferByOne) {
  for (std::int64_t count = 0; count <= 20; ++count) {
    for (int parts = 1; parts <= 7; ++parts) {
      std::int64_t at = 0;
      for (int part = 0; part < parts; ++part) {
        const Range range = part_of(count, part, parts);
        EXPECT_EQ(range.begin, at);
        const std::int64_t size = range.end - range.begin;
        EXPECT_GE(size, count / parts);
        EXPECT_LE(size, (count + parts - 1) / parts);
        at = range.end;
      }
      EXPECT_EQ(at, count);
    }
  }
}

}  // namespace
}  // namespace convcheck
