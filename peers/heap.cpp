// SPDX-License-Identifier: Apache-2.0
#include "peers/heap.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace convcheck::peers {
namespace {

// Freed memory holds this byte, allocated memory its complement: 0x7F7F7F7F is 3e38 as f32.
[[maybe_unused]] constexpr int kFreedByte = 0x80;

void set_perturb([[maybe_unused]] int byte) {
#ifdef __GLIBC__
  mallopt(M_PERTURB, byte);
#endif
}

std::size_t allocated_bytes() {
#ifdef __GLIBC__
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

}  // namespace

DirtyHeap::DirtyHeap() { set_perturb(kFreedByte); }
DirtyHeap::~DirtyHeap() { set_perturb(0); }

void HeapGrowth::note(int call) {
  if (calls_ < kCalls) return;
  const int third = calls_ / 3;
  for (int i = 0; i < 3; ++i) {
    if (call + 1 == (i + 1) * third) allocated_[static_cast<std::size_t>(i)] = allocated_bytes();
  }
}

std::optional<Finding> HeapGrowth::finding() const {
  if (calls_ < kCalls || allocated_[1] <= allocated_[0] || allocated_[2] <= allocated_[1])
    return std::nullopt;
  const auto third = static_cast<std::size_t>(calls_) / 3;
  const std::size_t first = allocated_[1] - allocated_[0];
  const std::size_t second = allocated_[2] - allocated_[1];
  // Less than a pointer a call is no leak of every call; half as much the second time is a cache.
  if (second < third * sizeof(void*) || second < first / 2) return std::nullopt;
  return Finding{Finding::Kind::kMemoryGrowth,
                 {},
                 0,
                 fmt::format("{} calls left {} bytes allocated, and the {} before them {}", third,
                             second, third, first)};
}

}  // namespace convcheck::peers
