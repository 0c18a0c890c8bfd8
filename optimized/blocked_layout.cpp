// SPDX-License-Identifier: Apache-2.0
#include "optimized/blocked_layout.hpp"

#include "optimized/transpose.hpp"

namespace convcheck::optimized {
namespace {

// Calls visit(offset in the plain tensor, offset in the blocked one, channels) for every block.
template <typename Visit>
void for_each_block(const Blocked& blocked, std::int64_t batch_groups, Visit visit) {
  const std::int64_t pixels = blocked.rows * blocked.columns;
  for (std::int64_t ng = 0; ng < batch_groups; ++ng)
    for (std::int64_t b = 0; b < blocked.blocks; ++b)
      visit((ng * blocked.group_channels + b * blocked.block) * pixels,
            ng * blocked.group_step() + b * blocked.block_step(), blocked.channels_of(b));
}

}  // namespace

void import_blocked(const Blocked& layout, std::int64_t batch_groups, const float* plain,
                    float* blocked) {
  const std::int64_t pixels = layout.rows * layout.columns;
  std::fill_n(blocked, batch_groups * layout.group_step(), 0.0f);
  for_each_block(layout, batch_groups,
                 [&](std::int64_t from, std::int64_t to, std::int64_t channels) {
                   transpose(plain + from, pixels, channels, pixels, blocked + to, layout.block);
                 });
}

void export_blocked(const Blocked& layout, std::int64_t batch_groups, const float* blocked,
                    float* plain) {
  const std::int64_t pixels = layout.rows * layout.columns;
  for_each_block(layout, batch_groups,
                 [&](std::int64_t to, std::int64_t from, std::int64_t channels) {
                   transpose(blocked + from, layout.block, pixels, channels, plain + to, pixels);
                 });
}

}  // namespace convcheck::optimized
