// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/placement.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace convcheck::benchmarks {
namespace {

constexpr std::size_t kPageBytes = 4096;
// 17 cache lines: the first 64 operands start on different lines of their page.
constexpr std::size_t kStaggerBytes = 17 * 64;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

Placement::~Placement() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_bytes_);
}

Placement::Placement(Placement&& other) noexcept { *this = std::move(other); }

Placement& Placement::operator=(Placement&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_bytes_, other.mapping_bytes_);
  std::swap(data_, other.data_);
  return *this;
}

Result<Placement> Placement::make(std::size_t bytes, std::size_t slack_bytes,
                                  std::size_t alignment_bytes, std::size_t index) {
  const std::size_t alignment = std::max<std::size_t>(64, alignment_bytes);
  const std::size_t total = round_up(bytes + slack_bytes + alignment + kPageBytes, kPageBytes);
  void* mapping = mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    return fail(ErrorCode::kIo, "no memory for an operand of {} bytes: {}", bytes,
                std::strerror(errno));
  }
  // Whether an allocation happens to be backed by huge pages is luck that would favour an engine.
  // A kernel without them answers EINVAL, and then there is nothing to turn off.
  madvise(mapping, total, MADV_NOHUGEPAGE);
  Placement placed;
  placed.mapping_ = mapping;
  placed.mapping_bytes_ = total;
  const auto base = reinterpret_cast<std::uintptr_t>(mapping);
  placed.data_ =
      reinterpret_cast<void*>(round_up(base + (index * kStaggerBytes) % kPageBytes, alignment));
  std::memset(placed.data_, 0, bytes + slack_bytes);  // Page faults happen here, not in a block.
  return placed;
}

}  // namespace convcheck::benchmarks
