// SPDX-License-Identifier: Apache-2.0
// Memory for one operand, flush against unreadable pages, with a known pattern in what is left
// over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/case.hpp"
#include "core/result.hpp"

namespace convcheck::peers {

/// Unreadable bytes kept on either side of the pages of a buffer, so that a fault farther away than
/// one page still names its operand.
inline constexpr std::size_t kGuardZoneBytes = std::size_t{1} << 20;

/// What an operand's memory has to satisfy.
struct Placement {
  std::size_t bytes = 0;
  std::size_t alignment_bytes = 1;   ///< A power of two, at most a page.
  std::size_t read_slack_bytes = 0;  ///< Readable (and never written) past the end.
  GuardSide guard = GuardSide::kAfter;
  int misalignment_bytes = 0;  ///< As Environment::misalignment_bytes.
};

/// One operand's pages. Reserved once and reused by every case: placing an operand of the same size
/// again costs no system call.
class GuardedBuffer {
 public:
  enum class Access { kNone, kReadOnly, kReadWrite };

  GuardedBuffer() = default;
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  ~GuardedBuffer();

  /// Puts data() where the placement wants it, readable and writable. Guards after: the last
  /// readable byte is the last of the slack, up to alignment. Guards before: the first byte of the
  /// operand is the first readable one, up to misalignment. kIo if there is no memory.
  Status place(const Placement&);

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Protection of all pages of the buffer.
  Status protect(Access);

  /// Fills what is readable around the operand with bytes that are NaN in every floating type.
  void fill_gaps();
  /// Offset from data() of the first byte around the operand that fill_gaps no longer explains.
  [[nodiscard]] std::optional<std::int64_t> changed_gap_byte() const;

  /// The reserved addresses, guard zones included.
  [[nodiscard]] std::uintptr_t zone_begin() const;
  [[nodiscard]] std::uintptr_t zone_end() const;

 private:
  Status reserve(std::size_t capacity);
  void release();

  std::byte* region_ = nullptr;       // Guard zone, capacity, guard zone.
  std::size_t capacity_ = 0;          // Whole pages.
  std::byte* pages_begin_ = nullptr;  // The pages in use.
  std::byte* pages_end_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  Access access_ = Access::kReadWrite;
};

}  // namespace convcheck::peers
