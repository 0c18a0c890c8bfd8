// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/cache_flush.hpp"

#include <atomic>
#include <thread>

namespace convcheck::benchmarks {
namespace {

constexpr std::size_t kLineBytes = 64;

}  // namespace

void CacheFlush::flush(int threads) {
  if (memory_.empty()) return;
  // The others read another byte of each line than is written: no data race.
  std::vector<std::thread> others;
  for (int part = 1; part < threads; ++part)
    others.emplace_back([this] { touch(memory_.data() + 1, memory_.size() - 1); });
  for (std::size_t i = 0; i < memory_.size(); i += kLineBytes) ++memory_[i];
  for (std::thread& other : others) other.join();
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void touch(const void* memory, std::size_t bytes) {
  const auto* const data = static_cast<const volatile unsigned char*>(memory);
  for (std::size_t i = 0; i < bytes; i += kLineBytes) static_cast<void>(data[i]);
}

}  // namespace convcheck::benchmarks
