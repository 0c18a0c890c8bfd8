// SPDX-License-Identifier: Apache-2.0
// glibc lets a program define malloc and its kin itself; these count, and pass on to glibc's own.
#include "benchmarks/memory_use.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONVCHECK_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CONVCHECK_COUNTS_ALLOCATIONS 0
#endif
#endif
#if !defined(CONVCHECK_COUNTS_ALLOCATIONS)
#if defined(__GLIBC__)
#define CONVCHECK_COUNTS_ALLOCATIONS 1
#else
#define CONVCHECK_COUNTS_ALLOCATIONS 0
#endif
#endif

namespace convcheck::benchmarks {
namespace {

constinit std::atomic<bool> counting{false};
constinit std::atomic<std::int64_t> allocations{0};

[[maybe_unused]] void count_one() {
  // A load where nothing is counted: the engines' own allocations cost what they did.
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}

// A line "VmHWM:     1234 kB" of /proc/self/status.
std::optional<std::uint64_t> status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) != 0) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    if (digit == std::string::npos) return std::nullopt;
    std::uint64_t kib = 0;
    std::from_chars(line.data() + digit, line.data() + line.size(), kib);
    return kib << 10;
  }
  return std::nullopt;
}

}  // namespace

AllocationCount::AllocationCount() {
  allocations = 0;
  counting = true;
}
AllocationCount::~AllocationCount() { counting = false; }

std::optional<std::int64_t> AllocationCount::so_far() const {
  if (CONVCHECK_COUNTS_ALLOCATIONS == 0) return std::nullopt;
  return allocations.load();
}

void PeakMemory::reset() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5" << std::flush;  // Linux 4.0: the highest resident size starts again from now.
  start_bytes_ = reset.good() ? status_bytes("VmRSS") : std::nullopt;
}

std::optional<std::uint64_t> PeakMemory::growth_bytes() const {
  const std::optional<std::uint64_t> highest = status_bytes("VmHWM");
  if (!start_bytes_ || !highest) return std::nullopt;
  return *highest > *start_bytes_ ? *highest - *start_bytes_ : 0;
}

}  // namespace convcheck::benchmarks

#if CONVCHECK_COUNTS_ALLOCATIONS
using convcheck::benchmarks::count_one;

extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) noexcept {
  count_one();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  count_one();
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  count_one();
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  count_one();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count_one();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  count_one();
  void* const got = __libc_memalign(alignment, bytes);
  if (got == nullptr) return ENOMEM;
  *memory = got;
  return 0;
}
}
#endif
