// SPDX-License-Identifier: Apache-2.0
// Tensors whose channels lie together in blocks, so that a kernel reads a pixel's channels at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/geometry.hpp"

namespace convcheck::optimized {

/// Channels of one tensor in blocks, each group by itself: [batch, groups, blocks, rows, columns,
/// block], the last block filled up. Steps count floats.
struct Blocked {
  std::int64_t group_channels, block, blocks, rows, columns;

  Blocked(std::int64_t channels_of_group, std::int64_t channels_of_block, std::int64_t row_count,
          std::int64_t column_count)
      : group_channels(channels_of_group),
        block(channels_of_block),
        blocks(ceil_div(channels_of_group, block)),
        rows(row_count),
        columns(column_count) {}
  [[nodiscard]] std::int64_t row_step() const { return columns * block; }
  [[nodiscard]] std::int64_t block_step() const { return rows * row_step(); }
  [[nodiscard]] std::int64_t group_step() const { return blocks * block_step(); }
  [[nodiscard]] std::int64_t channels_of(std::int64_t b) const {
    return std::min(block, group_channels - b * block);
  }
};

/// Plain [batch * groups, channels of a group, rows, columns] to blocked, the last block filled up
/// with zeros. The two may not overlap.
void import_blocked(const Blocked&, std::int64_t batch_groups, const float* plain, float* blocked);

/// The inverse; what fills up the last block is not read.
void export_blocked(const Blocked&, std::int64_t batch_groups, const float* blocked, float* plain);

}  // namespace convcheck::optimized
