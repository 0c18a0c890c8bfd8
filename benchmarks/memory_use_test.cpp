// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/memory_use.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace convcheck::benchmarks {
namespace {

// The compiler may not leave out an allocation whose address it cannot see through.
void use(void* memory) {
  [[maybe_unused]] static void* volatile seen;
  seen = memory;
}

TEST(AllocationCount, CountsEveryKindInEveryThread) {
  const AllocationCount count;
  if (!count.so_far()) GTEST_SKIP() << "allocations are not counted in this build";
  const std::int64_t before = *count.so_far();
  void* memory = std::malloc(10);
  use(memory);
  memory = std::realloc(memory, 5000);
  use(memory);
  std::free(memory);
  memory = std::calloc(3, 7);
  use(memory);
  std::free(memory);
  memory = std::aligned_alloc(64, 128);
  use(memory);
  std::free(memory);
  ASSERT_EQ(posix_memalign(&memory, 64, 100), 0);
  use(memory);
  std::free(memory);
  auto one = std::make_unique<int>(1);
  use(one.get());
  EXPECT_EQ(*count.so_far() - before, 6);
  EXPECT_EQ(posix_memalign(&memory, 3, 100), EINVAL);

  const std::int64_t alone = *count.so_far();
  std::thread([] {
    for (int i = 0; i < 100; ++i) {
      std::vector<int> data(10);
      use(data.data());
    }
  }).join();
  EXPECT_GE(*count.so_far() - alone, 100);  // And the thread's own state.
}

TEST(AllocationCount, IsZeroWhereNothingIsAllocated) {
  const AllocationCount count;
  if (!count.so_far()) GTEST_SKIP() << "allocations are not counted in this build";
  std::vector<int> data;
  data.clear();
  EXPECT_EQ(*count.so_far(), 0);
}

TEST(PeakMemory, RemembersWhatWasGivenBack) {
  constexpr std::size_t kBytes = std::size_t{48} << 20;
  PeakMemory peak;
  EXPECT_EQ(peak.growth_bytes(), std::nullopt);  // Not reset.
  peak.reset();
  if (!peak.growth_bytes()) GTEST_SKIP() << "this kernel does not say";
  { const std::vector<char> data(kBytes, 1); }
  EXPECT_GE(*peak.growth_bytes(), kBytes - (kBytes >> 4));
  peak.reset();
  EXPECT_LT(*peak.growth_bytes(), kBytes / 2);
}

}  // namespace
}  // namespace convcheck::benchmarks
