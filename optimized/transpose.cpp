// SPDX-License-Identifier: Apache-2.0
#include "optimized/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/transpose.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

void transpose_rest(const float* src, std::int64_t src_stride, std::int64_t row_begin,
                    std::int64_t rows, std::int64_t columns, float* dst, std::int64_t dst_stride) {
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = row_begin; r < rows; ++r)
      dst[c * dst_stride + r] = src[r * src_stride + c];
}

#if HWY_TARGET == HWY_SCALAR
void transpose_any(const float* src, std::int64_t src_stride, std::int64_t rows,
                   std::int64_t columns, float* dst, std::int64_t dst_stride) {
  transpose_rest(src, src_stride, 0, rows, columns, dst, dst_stride);
}
#else
// 4 by 4 blocks in four registers: wider ones need cross-block shuffles that Highway 1.0 lacks.
void transpose_any(const float* src, std::int64_t src_stride, std::int64_t rows,
                   std::int64_t columns, float* dst, std::int64_t dst_stride) {
  const hn::FixedTag<float, 4> d;
  const std::int64_t whole_rows = rows / 4 * 4;
  const std::int64_t whole_columns = columns / 4 * 4;
  for (std::int64_t c = 0; c < whole_columns; c += 4) {
    for (std::int64_t r = 0; r < whole_rows; r += 4) {
      const float* from = src + r * src_stride + c;
      const auto a = hn::LoadU(d, from);
      const auto b = hn::LoadU(d, from + src_stride);
      const auto e = hn::LoadU(d, from + 2 * src_stride);
      const auto f = hn::LoadU(d, from + 3 * src_stride);
      const auto ab_low = hn::InterleaveLower(d, a, b);
      const auto ab_high = hn::InterleaveUpper(d, a, b);
      const auto ef_low = hn::InterleaveLower(d, e, f);
      const auto ef_high = hn::InterleaveUpper(d, e, f);
      float* to = dst + c * dst_stride + r;
      hn::StoreU(hn::ConcatLowerLower(d, ef_low, ab_low), d, to);
      hn::StoreU(hn::ConcatUpperUpper(d, ef_low, ab_low), d, to + dst_stride);
      hn::StoreU(hn::ConcatLowerLower(d, ef_high, ab_high), d, to + 2 * dst_stride);
      hn::StoreU(hn::ConcatUpperUpper(d, ef_high, ab_high), d, to + 3 * dst_stride);
    }
  }
  transpose_rest(src, src_stride, whole_rows, rows, whole_columns, dst, dst_stride);
  transpose_rest(src + whole_columns, src_stride, 0, rows, columns - whole_columns,
                 dst + whole_columns * dst_stride, dst_stride);
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {
HWY_EXPORT(transpose_any);
}  // namespace

void transpose(const float* src, std::int64_t src_stride, std::int64_t rows, std::int64_t columns,
               float* dst, std::int64_t dst_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(transpose_any)(src, src_stride, rows, columns, dst, dst_stride);
}

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
