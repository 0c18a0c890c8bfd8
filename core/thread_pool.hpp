// SPDX-License-Identifier: Apache-2.0
// Fork and join over a fixed number of parts, for our own engines and the oracle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace convcheck {

/// Runs `threads` parts on the caller and threads-1 workers, which spin for a moment after a job
/// and then sleep.
///
/// Parts must not wait for each other: a caller whose workers are slow to wake runs their parts
/// itself, and a pool that is busy (a second caller at the same time, or a task that calls run)
/// makes the second caller run all its parts itself. A pool of one thread has no workers. Where the
/// system refuses a worker, the others do its parts. In a child of fork() a pool of the parent has
/// no workers left, and run does everything in the caller.
class ThreadPool {
 public:
  static constexpr int kMaxThreads = 1 << 12;

  /// Starts the workers; 1 <= threads <= kMaxThreads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const;

  /// Calls task(part) once for every part in [0, threads()) and returns when all are done: what the
  /// tasks wrote is then visible to the caller. Task: void(int), must not throw. Allocates nothing.
  template <typename Task>
  void run(Task&& task) {
    using Callable = std::remove_reference_t<Task>;
    run_erased([](void* context, int part) { (*static_cast<Callable*>(context))(part); },
               const_cast<void*>(static_cast<const void*>(std::addressof(task))));
  }

 private:
  void run_erased(void (*call)(void*, int), void* context);
  struct State;
  std::unique_ptr<State> state_;
};

/// [begin, end) of part `part` of `parts` of the range [0, count): sizes differ by at most one.
struct Range {
  std::int64_t begin, end;
};
constexpr Range part_of(std::int64_t count, int part, int parts) {
  return {count * part / parts, count * (part + 1) / parts};
}

}  // namespace convcheck
