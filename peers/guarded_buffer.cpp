// SPDX-License-Identifier: Apache-2.0
#include "peers/guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace convcheck::peers {
namespace {

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// The 16-bit pattern 0x7ffd at even addresses: a quiet NaN as f16, bf16, f32 and f64.
std::byte gap_byte(const std::byte* address) {
  return std::byte{reinterpret_cast<std::uintptr_t>(address) % 2 == 0 ? std::uint8_t{0xfd}
                                                                      : std::uint8_t{0x7f}};
}

// More than this is given back to the system when a smaller operand follows.
constexpr std::size_t kKeptBytes = std::size_t{16} << 20;

int protection(GuardedBuffer::Access access) {
  switch (access) {
    case GuardedBuffer::Access::kNone:
      return PROT_NONE;
    case GuardedBuffer::Access::kReadOnly:
      return PROT_READ;
    case GuardedBuffer::Access::kReadWrite:
      return PROT_READ | PROT_WRITE;
  }
  return PROT_NONE;
}

Status set_protection(std::byte* begin, const std::byte* end, int protection) {
  if (begin >= end) return {};
  if (::mprotect(begin, static_cast<std::size_t>(end - begin), protection) == 0) return {};
  return fail(ErrorCode::kIo, "mprotect of {} bytes for an operand: {}", end - begin,
              std::strerror(errno));
}

}  // namespace

GuardedBuffer::~GuardedBuffer() { release(); }

void GuardedBuffer::release() {
  if (region_ != nullptr) ::munmap(region_, capacity_ + 2 * kGuardZoneBytes);
  region_ = nullptr;
  capacity_ = 0;
  pages_begin_ = pages_end_ = nullptr;
}

Status GuardedBuffer::reserve(std::size_t capacity) {
  release();
  const std::size_t total = capacity + 2 * kGuardZoneBytes;
  void* memory =
      ::mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return fail(ErrorCode::kIo, "mmap of {} bytes for an operand: {}", total, std::strerror(errno));
  region_ = static_cast<std::byte*>(memory);
  capacity_ = capacity;
  pages_begin_ = pages_end_ = region_ + kGuardZoneBytes;
  return {};
}

Status GuardedBuffer::place(const Placement& want) {
  const std::size_t page = page_bytes();
  CONVCHECK_CHECK(std::has_single_bit(want.alignment_bytes) && want.alignment_bytes <= page,
                  fmt::format("alignment {}", want.alignment_bytes));
  // Bytes before the operand (guards before), or after it and its slack (guards after).
  const std::size_t lead =
      want.guard == GuardSide::kBefore
          ? round_up(static_cast<std::size_t>(want.misalignment_bytes) % 64, want.alignment_bytes)
          : 0;
  const std::size_t used = want.guard == GuardSide::kBefore
                               ? lead + want.bytes + want.read_slack_bytes
                               : round_up(want.bytes + want.read_slack_bytes, want.alignment_bytes);
  const std::size_t needed = round_up(used, page);
  // An empty operand is the guard page itself; it still needs an address.
  if (region_ == nullptr || needed > capacity_)
    CONVCHECK_TRY(reserve(std::max(needed + needed / 4, 4 * page) / page * page));

  std::byte* const begin = region_ + kGuardZoneBytes;
  std::byte* const end = begin + capacity_;
  std::byte* const first = want.guard == GuardSide::kBefore ? begin : end - needed;
  std::byte* const last = first + needed;
  if (first != pages_begin_ || last != pages_end_ || access_ != Access::kReadWrite) {
    if (first != pages_begin_ || last != pages_end_) {
      CONVCHECK_TRY(set_protection(pages_begin_, pages_end_, PROT_NONE));
      if (static_cast<std::size_t>(pages_end_ - pages_begin_) > kKeptBytes)
        ::madvise(begin, capacity_, MADV_DONTNEED);
    }
    CONVCHECK_TRY(set_protection(first, last, PROT_READ | PROT_WRITE));
  }
  pages_begin_ = first;
  pages_end_ = last;
  access_ = Access::kReadWrite;
  bytes_ = want.bytes;
  data_ = want.guard == GuardSide::kBefore ? first + lead : last - used;
  return {};
}

Status GuardedBuffer::protect(Access access) {
  if (access == access_) return {};
  CONVCHECK_TRY(set_protection(pages_begin_, pages_end_, protection(access)));
  access_ = access;
  return {};
}

void GuardedBuffer::fill_gaps() {
  for (std::byte* p = pages_begin_; p < data_; ++p) *p = gap_byte(p);
  for (std::byte* p = data_ + bytes_; p < pages_end_; ++p) *p = gap_byte(p);
}

std::optional<std::int64_t> GuardedBuffer::changed_gap_byte() const {
  // Past the end first: the commoner fault; before the start from near to far.
  for (const std::byte* p = data_ + bytes_; p < pages_end_; ++p) {
    if (*p != gap_byte(p)) return p - data_;
  }
  for (const std::byte* p = data_; p-- > pages_begin_;) {
    if (*p != gap_byte(p)) return p - data_;
  }
  return std::nullopt;
}

std::uintptr_t GuardedBuffer::zone_begin() const {
  return reinterpret_cast<std::uintptr_t>(region_);
}
std::uintptr_t GuardedBuffer::zone_end() const {
  return zone_begin() + capacity_ + 2 * kGuardZoneBytes;
}

}  // namespace convcheck::peers
