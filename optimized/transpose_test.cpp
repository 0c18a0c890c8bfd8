// SPDX-License-Identifier: Apache-2.0
#include "optimized/transpose.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convcheck::optimized {
namespace {

TEST(Transpose, MovesEveryElementAndNoOther) {
  for (std::int64_t rows = 0; rows < 20; ++rows) {
    for (std::int64_t columns = 0; columns < 20; ++columns) {
      const std::int64_t src_stride = columns + 3;
      const std::int64_t dst_stride = rows + 2;
      std::vector<float> src(static_cast<std::size_t>(rows * src_stride));
      for (std::size_t i = 0; i < src.size(); ++i) src[i] = static_cast<float>(i + 1);
      std::vector<float> dst(static_cast<std::size_t>(columns * dst_stride + 1), -1.0f);
      // One element off alignment, so that no vector load happens to be aligned.
      transpose(src.data(), src_stride, rows, columns, dst.data() + 1, dst_stride);
      ASSERT_EQ(dst[0], -1.0f);
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t r = 0; r < dst_stride; ++r)
          ASSERT_EQ(dst[static_cast<std::size_t>(1 + c * dst_stride + r)],
                    r < rows ? src[static_cast<std::size_t>(r * src_stride + c)] : -1.0f)
              << rows << "x" << columns << " at " << r << ", " << c;
    }
  }
}

}  // namespace
}  // namespace convcheck::optimized
