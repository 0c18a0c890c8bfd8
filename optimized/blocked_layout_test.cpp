// SPDX-License-Identifier: Apache-2.0
#include "optimized/blocked_layout.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convcheck::optimized {
namespace {

TEST(BlockedLayout, BlocksChannelsFillsUpWithZerosAndComesBack) {
  constexpr std::int64_t kRows = 3, kColumns = 5, kBatchGroups = 2, kPixels = kRows * kColumns;
  for (const std::int64_t block : {1, 4, 16})
    for (std::int64_t channels = 1; channels <= 18; ++channels) {
      const Blocked layout(channels, block, kRows, kColumns);
      std::vector<float> plain(static_cast<std::size_t>(kBatchGroups * channels * kPixels));
      for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<float>(i + 1);
      std::vector<float> blocked(static_cast<std::size_t>(kBatchGroups * layout.group_step()),
                                 -1.0f);
      import_blocked(layout, kBatchGroups, plain.data(), blocked.data());
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(blocked.size()); ++i) {
        const std::int64_t ng = i / layout.group_step();
        const std::int64_t channel =
            i % layout.group_step() / layout.block_step() * block + i % block;
        const std::int64_t pixel = i % layout.block_step() / block;
        const float expected =
            channel < channels
                ? plain[static_cast<std::size_t>((ng * channels + channel) * kPixels + pixel)]
                : 0.0f;
        ASSERT_EQ(blocked[static_cast<std::size_t>(i)], expected)
            << channels << " channels in blocks of " << block << " at " << i;
        if (channel >= channels) blocked[static_cast<std::size_t>(i)] = -1.0f;  // Not read back.
      }
      std::vector<float> back(plain.size(), -1.0f);
      export_blocked(layout, kBatchGroups, blocked.data(), back.data());
      ASSERT_EQ(back, plain);
    }
}

}  // namespace
}  // namespace convcheck::optimized
