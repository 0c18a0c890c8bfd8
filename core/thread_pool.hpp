// SPDX-License-Identifier: Apache-2.0
// Fork and join over a fixed number of parts, for our own engines and the oracle.
#pragma once

#include <cstddef>
#include <memory>

namespace convcheck {

/// `threads` parts run at once: the caller and threads-1 workers, which spin for a moment and then
/// sleep. A busy pool (a second caller at the same time) makes the second caller run all its parts
/// itself: the results of our engines do not depend on it.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const;

  /// Calls task(part) for part in [0, threads()), returns when all are done. Task: void(int), must
  /// not throw. Allocates nothing.
  template <typename Task>
  void run(Task&& task) {
    run_erased([](void* context, int part) { (*static_cast<std::remove_reference_t<Task>*>(context))(part); },
               const_cast<void*>(static_cast<const void*>(&task)));
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
