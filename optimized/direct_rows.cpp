// SPDX-License-Identifier: Apache-2.0
#include "optimized/direct_rows.hpp"

namespace convcheck::optimized {

// Input index of tap t of output o on an axis, or -1.
std::int64_t DirectRows::source_index(std::size_t axis, std::int64_t o, std::int64_t t) const {
  return padded_index(o * p_.stride[axis] + t * p_.dilation[axis] - p_.pad_begin[axis],
                      p_.x_extent[axis], p_.padding_mode);
}

// Floats from a block of input channels to the row of x, or kNoRow.
std::int64_t DirectRows::source_row(std::int64_t row, std::int64_t kd, std::int64_t kh) const {
  const std::int64_t depth = source_index(0, row / p_.y_extent[1], kd);
  const std::int64_t height = source_index(1, row % p_.y_extent[1], kh);
  return depth < 0 || height < 0 ? kNoRow : (depth * p_.x_extent[1] + height) * row_step_;
}

std::int64_t DirectRows::list(std::int64_t row, std::vector<RowTap>& rows) const {
  std::int64_t count = 0;
  for (std::int64_t kd = 0; kd < p_.w_extent[0]; ++kd) {
    for (std::int64_t kh = 0; kh < p_.w_extent[1]; ++kh) {
      const std::int64_t source = source_row(row, kd, kh);
      if (source != kNoRow)
        rows[static_cast<std::size_t>(count++)] = {source, kd * p_.w_extent[1] + kh, kNoRow};
    }
  }
  return count;
}

std::int64_t DirectRows::list_two(std::int64_t row, std::vector<RowTap>& rows) const {
  std::int64_t count = 0;
  for (std::int64_t kd = 0; kd < p_.w_extent[0]; ++kd) {
    for (std::int64_t kh = 0; kh < p_.w_extent[1]; ++kh) {
      const std::int64_t source = source_row(row, kd, kh);
      const std::int64_t second = source_row(row + 1, kd, kh);
      if (source != kNoRow || second != kNoRow)
        rows[static_cast<std::size_t>(count++)] = {source, kd * p_.w_extent[1] + kh, second};
    }
  }
  return count;
}

bool DirectRows::whole(std::int64_t row) const {
  for (std::int64_t kd = 0; kd < p_.w_extent[0]; ++kd)
    for (std::int64_t kh = 0; kh < p_.w_extent[1]; ++kh)
      if (source_row(row, kd, kh) == kNoRow) return false;
  return true;
}

// 1 for every index of x on an axis that some output reads.
std::vector<char> DirectRows::indices_read(std::size_t axis) const {
  std::vector<char> read(static_cast<std::size_t>(p_.x_extent[axis]), 0);
  for (std::int64_t o = 0; o < p_.y_extent[axis]; ++o) {
    for (std::int64_t t = 0; t < p_.w_extent[axis]; ++t) {
      const std::int64_t i = source_index(axis, o, t);
      if (i >= 0) read[static_cast<std::size_t>(i)] = 1;
    }
  }
  return read;
}

std::vector<char> DirectRows::read() const {
  std::vector<char> rows;
  const std::vector<char> heights = indices_read(1);
  for (const char depth : indices_read(0))
    for (const char height : heights) rows.push_back(depth & height);
  return rows;
}

}  // namespace convcheck::optimized
