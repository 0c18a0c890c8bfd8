// SPDX-License-Identifier: Apache-2.0
// Strided transposition: how plain and channel-blocked tensors become each other.
#pragma once

#include <cstdint>

namespace convcheck::optimized {

/// dst[c * dst_stride + r] = src[r * src_stride + c] for r in [0, rows), c in [0, columns). Touches
/// nothing else; no alignment demanded; src and dst do not overlap.
void transpose(const float* src, std::int64_t src_stride, std::int64_t rows, std::int64_t columns,
               float* dst, std::int64_t dst_stride) noexcept;

}  // namespace convcheck::optimized
