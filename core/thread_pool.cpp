// SPDX-License-Identifier: Apache-2.0
#include "core/thread_pool.hpp"

#include <pthread.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "core/result.hpp"

namespace convcheck {
namespace {

// Pauses before a waiting thread sleeps: 10 to 50 microseconds, which spans the gap between the
// layers of a network and is about what a sleep and a wake cost.
constexpr int kSpins = 1000;

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Children of fork() have the parent's pools but not its threads: pools remember the count of forks
// at their birth.
std::atomic<int> fork_depth{0};

void watch_forks() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { fork_depth.fetch_add(1, std::memory_order_relaxed); });
  CONVCHECK_CHECK(registered == 0, "pthread_atfork");
}

// A job's unclaimed parts as one word, so that a worker that wakes late can never claim a part of
// a later job with what it knew of an earlier one: job number, then the next part.
constexpr std::uint64_t kPartMask = 0xffff;
constexpr std::uint64_t kNextJob = kPartMask + 1;
static_assert(ThreadPool::kMaxThreads < static_cast<int>(kPartMask));

}  // namespace

struct ThreadPool::State {
  int threads = 1;
  int spins = 0;
  int birth_fork_depth = 0;
  // The job; written by the caller while no part is claimed, read by whoever has claimed a part.
  void (*call)(void*, int) = nullptr;
  void* context = nullptr;
  // On lines of their own: claims, completion and sleep are written by different threads.
  alignas(64) std::atomic<std::uint64_t> ticket{kPartMask};
  alignas(64) std::atomic<int> unfinished{0};
  alignas(64) std::atomic<int> epoch{0};  // Changes with every job and at the end: sleepers' word.
  alignas(64) std::atomic<bool> busy{false};
  std::atomic<bool> stop{false};
  std::vector<std::thread> workers;

  void run_claimed_parts() {
    std::uint64_t seen = ticket.load(std::memory_order_acquire);
    for (;;) {
      const auto part = static_cast<int>(seen & kPartMask);
      if (part >= threads) return;
      if (!ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel,
                                        std::memory_order_acquire))
        continue;
      call(context, part);
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
      seen = ticket.load(std::memory_order_acquire);
    }
  }

  // Returns once `word` differs from `value`.
  void await_change(const std::atomic<int>& word, int value) const {
    for (int i = 0; i < spins; ++i) {
      if (word.load(std::memory_order_acquire) != value) return;
      pause_briefly();
    }
    word.wait(value, std::memory_order_acquire);
  }

  void work() {
    for (;;) {
      const int now = epoch.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_relaxed)) return;
      run_claimed_parts();
      await_change(epoch, now);
    }
  }

  void wake() {
    epoch.fetch_add(1, std::memory_order_release);
    epoch.notify_all();
  }

  [[nodiscard]] bool forked() const {
    return birth_fork_depth != fork_depth.load(std::memory_order_relaxed);
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  CONVCHECK_CHECK(threads >= 1 && threads <= kMaxThreads, fmt::format("{} threads", threads));
  watch_forks();
  state_->threads = threads;
  state_->birth_fork_depth = fork_depth.load(std::memory_order_relaxed);
  // Spinning on a core that another thread of the job needs only delays it.
  if (threads <= static_cast<int>(std::thread::hardware_concurrency())) state_->spins = kSpins;
  state_->workers.reserve(static_cast<std::size_t>(threads - 1));
  for (int i = 1; i < threads; ++i) {
    try {
      state_->workers.emplace_back([state = state_.get()] { state->work(); });
    } catch (const std::system_error&) {
      break;
    }
  }
}

ThreadPool::~ThreadPool() {
  if (state_->forked()) {
    // The workers do not exist here, so they can be neither joined nor detached.
    static_cast<void>(state_.release());
    return;
  }
  state_->stop.store(true, std::memory_order_relaxed);
  state_->wake();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return state_->threads; }

void ThreadPool::run_erased(void (*call)(void*, int), void* context) {
  State& s = *state_;
  if (s.workers.empty() || s.forked() || s.busy.exchange(true, std::memory_order_acquire)) {
    for (int part = 0; part < s.threads; ++part) call(context, part);
    return;
  }
  s.call = call;
  s.context = context;
  s.unfinished.store(s.threads, std::memory_order_relaxed);
  const std::uint64_t last = s.ticket.load(std::memory_order_relaxed);
  // Part 0 is the caller's own, so that the same thread meets the same data run after run.
  s.ticket.store((last & ~kPartMask) + kNextJob + 1, std::memory_order_release);
  s.wake();
  call(context, 0);
  s.unfinished.fetch_sub(1, std::memory_order_acq_rel);
  s.run_claimed_parts();
  for (int left = s.unfinished.load(std::memory_order_acquire); left != 0;
       left = s.unfinished.load(std::memory_order_acquire))
    s.await_change(s.unfinished, left);
  s.busy.store(false, std::memory_order_release);
}

}  // namespace convcheck
