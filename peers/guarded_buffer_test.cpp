// SPDX-License-Identifier: Apache-2.0
#include "peers/guarded_buffer.hpp"

#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "core/tensor.hpp"

namespace convcheck::peers {
namespace {

// Whether this process may read the byte: asked of the kernel, so that nothing faults.
bool readable(const std::byte* address) {
  std::byte copy{};
  iovec local{&copy, 1};
  iovec remote{const_cast<std::byte*>(address), 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
}

std::uintptr_t number(const std::byte* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

TEST(GuardedBuffer, EndsFlushWithThePage) {
  GuardedBuffer buffer;
  for (const std::size_t bytes : {0U, 4U, 60U, 4096U, 4100U, 400000U, 8U}) {
    ASSERT_TRUE(buffer.place({bytes, 4, 0, GuardSide::kAfter, 0}).has_value());
    EXPECT_FALSE(readable(buffer.data() + bytes)) << bytes;
    if (bytes == 0) continue;
    EXPECT_TRUE(readable(buffer.data()));
    EXPECT_TRUE(readable(buffer.data() + bytes - 1));
    EXPECT_EQ(number(buffer.data()) % 4, 0U);
    std::memset(buffer.data(), 1, bytes);
  }
}

TEST(GuardedBuffer, SlackIsReadableAndNoMore) {
  GuardedBuffer buffer;
  ASSERT_TRUE(buffer.place({20, 4, 16, GuardSide::kAfter, 0}).has_value());
  EXPECT_TRUE(readable(buffer.data() + 35));
  EXPECT_FALSE(readable(buffer.data() + 36));
  ASSERT_TRUE(buffer.place({20, 64, 16, GuardSide::kAfter, 0}).has_value());
  EXPECT_EQ(number(buffer.data()) % 64, 0U);
  EXPECT_TRUE(readable(buffer.data() + 63));
  EXPECT_FALSE(readable(buffer.data() + 64));
}

TEST(GuardedBuffer, StartsFlushWithThePageOrMisaligned) {
  GuardedBuffer buffer;
  ASSERT_TRUE(buffer.place({20, 4, 0, GuardSide::kBefore, 0}).has_value());
  EXPECT_FALSE(readable(buffer.data() - 1));
  EXPECT_TRUE(readable(buffer.data()));
  ASSERT_TRUE(buffer.place({20, 4, 0, GuardSide::kBefore, 6}).has_value());
  EXPECT_EQ(number(buffer.data()) % 64, 8U);
  EXPECT_TRUE(readable(buffer.data() - 8));
  EXPECT_FALSE(readable(buffer.data() - 9));
}

TEST(GuardedBuffer, GapsAreNaNAndWatched) {
  GuardedBuffer buffer;
  ASSERT_TRUE(buffer.place({20, 4, 16, GuardSide::kAfter, 0}).has_value());
  std::memset(buffer.data(), 0, 20);
  buffer.fill_gaps();
  EXPECT_EQ(buffer.changed_gap_byte(), std::nullopt);
  float after = 0;
  std::memcpy(&after, buffer.data() + 20, sizeof after);
  EXPECT_TRUE(std::isnan(after));
  std::uint16_t half = 0;
  std::memcpy(&half, buffer.data() - 2, sizeof half);
  EXPECT_TRUE(std::isnan(f16_to_double(half)));
  EXPECT_TRUE(std::isnan(bf16_to_double(half)));
  buffer.data()[-3] = std::byte{1};
  EXPECT_EQ(buffer.changed_gap_byte(), -3);
  buffer.data()[21] = std::byte{1};
  EXPECT_EQ(buffer.changed_gap_byte(), 21);
}

TEST(GuardedBuffer, Protects) {
  GuardedBuffer buffer;
  ASSERT_TRUE(buffer.place({20, 4, 0, GuardSide::kAfter, 0}).has_value());
  ASSERT_TRUE(buffer.protect(GuardedBuffer::Access::kNone).has_value());
  EXPECT_FALSE(readable(buffer.data()));
  ASSERT_TRUE(buffer.protect(GuardedBuffer::Access::kReadOnly).has_value());
  EXPECT_TRUE(readable(buffer.data()));
  // Placing makes it writable again.
  ASSERT_TRUE(buffer.place({20, 4, 0, GuardSide::kAfter, 0}).has_value());
  std::memset(buffer.data(), 1, 20);
}

}  // namespace
}  // namespace convcheck::peers
