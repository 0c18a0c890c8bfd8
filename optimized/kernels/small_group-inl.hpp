// SPDX-License-Identifier: Apache-2.0
// Rows of small_group_plan.hpp for one target: vectors over the channels of a block of groups,
// tiles of neighbouring outputs of a row. Included once per target.
#if defined(CONVCHECK_OPTIMIZED_SMALL_GROUP_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_OPTIMIZED_SMALL_GROUP_INL
#undef CONVCHECK_OPTIMIZED_SMALL_GROUP_INL
#else
#define CONVCHECK_OPTIMIZED_SMALL_GROUP_INL
#endif

#include "hwy/highway.h"

#include "core/unroll.hpp"
#include "optimized/kernel.hpp"
#include "optimized/small_group_plan.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Accumulators, the weights of a tap row of a depthwise filter (at most 7) and one input: 14 + 7 +
// 1 = 22 of 32 registers, or 7 + 7 + 1 = 15 of 16. Rows of 7, 14, 28, 56 and 112 are whole tiles.
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr int kUnrolledWide = 7;
constexpr int kUnrolledNarrow = 4;
#else
constexpr int kUnrolledWide = 14;
constexpr int kUnrolledNarrow = 7;
#endif
constexpr int kAnyWide = 8;
constexpr int kAnyNarrow = 4;
constexpr std::int64_t kBlock = kChannelBlock;

using D = hn::CappedTag<float, kChannelBlock>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

// Input channel kChannel of each lane's group, of one pixel of a block. `lane` is the vector's
// first lane within the block.
template <int kGroup, int kChannel>
HWY_INLINE V input_of_group(const float* HWY_RESTRICT pixel, V x, std::int64_t lane) {
  if constexpr (kGroup == 1) {
    return x;
  } else if constexpr (kLanes <= kGroup) {
    return hn::Set(D(), pixel[lane / kGroup * kGroup + kChannel]);
  } else {
#if HWY_TARGET != HWY_SCALAR
    if constexpr (kGroup == 2) {
      return kChannel == 0 ? hn::DupEven(x) : hn::DupOdd(x);
    } else if constexpr (kGroup == 4) {
      return hn::Broadcast<kChannel>(x);
    } else {
      static_assert(kGroup == 8 && kLanes == 16);
      constexpr int c = kChannel;
      alignas(64) static constexpr std::int32_t kIndices[16] = {
          c, c, c, c, c, c, c, c, c + 8, c + 8, c + 8, c + 8, c + 8, c + 8, c + 8, c + 8};
      return hn::TableLookupLanes(x, hn::SetTableIndices(D(), kIndices));
    }
#endif
  }
}

// Adds channel kChannel and on of input column kColumn to the outputs of the tile that it meets,
// each with the tap that meets it.
template <int kGroup, int kWidth, int kTaps, int kStride, int kColumn, int kChannel>
HWY_INLINE void add_channels(const float* HWY_RESTRICT pixel, V x, std::int64_t lane,
                             const V (&weight)[kTaps * kGroup], V (&acc)[kWidth]) {
  const V input = input_of_group<kGroup, kChannel>(pixel, x, lane);
  CONVCHECK_UNROLL
  for (int k = 0; k < kTaps; ++k) {
    const int first = kColumn - k;
    if (first >= 0 && first % kStride == 0 && first / kStride < kWidth)
      acc[first / kStride] = hn::MulAdd(input, weight[k * kGroup + kChannel], acc[first / kStride]);
  }
  if constexpr (kChannel + 1 < kGroup)
    add_channels<kGroup, kWidth, kTaps, kStride, kColumn, kChannel + 1>(pixel, x, lane, weight,
                                                                        acc);
}

// Input columns kColumn and on, in order, so that every output meets its taps in theirs. Only those
// that may lie outside x are looked at: a branch a column halves the speed of rows of 7 pixels.
template <int kGroup, int kWidth, int kTaps, int kStride, SmallGroupEdges kEdges, int kColumn>
HWY_INLINE void add_columns(const float* HWY_RESTRICT src, std::int64_t lane,
                            const SmallGroupTile& t, const V (&weight)[kTaps * kGroup],
                            V (&acc)[kWidth]) {
  constexpr bool kInside = kEdges == SmallGroupEdges::kNone ||
                           (kEdges == SmallGroupEdges::kTaps && kColumn >= kTaps - 1 &&
                            kColumn <= (kWidth - 1) * kStride);
  if (kInside || (kColumn >= t.begin && kColumn < t.end)) {
    const float* pixel = src + kColumn * kBlock;
    add_channels<kGroup, kWidth, kTaps, kStride, kColumn, 0>(pixel, hn::LoadU(D(), pixel + lane),
                                                             lane, weight, acc);
  }
  if constexpr (kColumn + 1 < (kWidth - 1) * kStride + kTaps)
    add_columns<kGroup, kWidth, kTaps, kStride, kEdges, kColumn + 1>(src, lane, t, weight, acc);
}

// One vector of the block's channels, `lane` floats into it.
template <int kGroup, int kWidth, int kTaps, int kStride, SmallGroupEdges kEdges>
HWY_INLINE void unrolled_tile(const SmallGroupRows& r, std::int64_t row, const SmallGroupTile& t,
                              std::int64_t lane) {
  const D d;
  V acc[kWidth];
  const V init = hn::LoadU(d, r.init + lane);
  CONVCHECK_UNROLL
  for (int p = 0; p < kWidth; ++p) acc[p] = init;
  const Taps heights = r.heights[row];
  const float* depth_src =
      r.src + row * r.src_row + heights.begin * r.src_height + t.output * kStride * kBlock;
  const float* depth_weights = r.weights + heights.begin * r.weight_height + lane;
  for (std::int64_t i = 0; i < r.depths; ++i) {
    const float* src = depth_src;
    const float* w = depth_weights;
    for (std::int64_t j = heights.begin; j < heights.end; ++j) {
      V weight[kTaps * kGroup];
      CONVCHECK_UNROLL
      for (int k = 0; k < kTaps * kGroup; ++k) weight[k] = hn::LoadU(d, w + k * kBlock);
      add_columns<kGroup, kWidth, kTaps, kStride, kEdges, 0>(src, lane, t, weight, acc);
      src += r.src_height;
      w += kTaps * kGroup * kBlock;
    }
    depth_src += r.src_depth;
    depth_weights += r.weight_depth;
  }
  float* dst = r.dst + row * r.dst_row + t.output * kBlock + lane;
  CONVCHECK_UNROLL
  for (int p = 0; p < kWidth; ++p)
    if (kEdges != SmallGroupEdges::kAny || p < t.count) hn::StoreU(acc[p], d, dst + p * kBlock);
}

template <int kGroup, int kTaps, int kStride>
HWY_NOINLINE void unrolled_rows(const SmallGroupRows& r) {
  for (std::int64_t row = 0; row < r.rows; ++row) {
    for (std::int64_t i = 0; i < r.tile_count; ++i) {
      const SmallGroupTile& t = r.tiles[i];
      for (std::int64_t lane = 0; lane < kBlock; lane += kLanes) {
        if (t.width == kUnrolledNarrow) {
          if (t.edges == SmallGroupEdges::kAny)
            unrolled_tile<kGroup, kUnrolledNarrow, kTaps, kStride, SmallGroupEdges::kAny>(r, row, t,
                                                                                          lane);
          else
            unrolled_tile<kGroup, kUnrolledNarrow, kTaps, kStride, SmallGroupEdges::kTaps>(r, row,
                                                                                           t, lane);
        } else if (t.edges == SmallGroupEdges::kNone) {
          unrolled_tile<kGroup, kUnrolledWide, kTaps, kStride, SmallGroupEdges::kNone>(r, row, t,
                                                                                       lane);
        } else if (t.edges == SmallGroupEdges::kTaps) {
          unrolled_tile<kGroup, kUnrolledWide, kTaps, kStride, SmallGroupEdges::kTaps>(r, row, t,
                                                                                       lane);
        } else {
          unrolled_tile<kGroup, kUnrolledWide, kTaps, kStride, SmallGroupEdges::kAny>(r, row, t,
                                                                                      lane);
        }
      }
    }
  }
}

template <int kGroup, int kWidth, int kChannel>
HWY_INLINE void add_tap(const float* HWY_RESTRICT src, std::int64_t pixel_step,
                        const float* HWY_RESTRICT w, std::int64_t lane, V (&acc)[kWidth]) {
  const V weight = hn::LoadU(D(), w + kChannel * kBlock + lane);
  CONVCHECK_UNROLL
  for (int p = 0; p < kWidth; ++p) {
    const float* pixel = src + p * pixel_step;
    const V x = hn::LoadU(D(), pixel + lane);
    acc[p] = hn::MulAdd(input_of_group<kGroup, kChannel>(pixel, x, lane), weight, acc[p]);
  }
  if constexpr (kChannel + 1 < kGroup)
    add_tap<kGroup, kWidth, kChannel + 1>(src, pixel_step, w, lane, acc);
}

// Every multiply-add loads its input: for taps that are far apart, or many.
template <int kGroup, int kWidth>
HWY_INLINE void any_tile(const SmallGroupRows& r, std::int64_t row, const SmallGroupTile& t,
                         std::int64_t lane) {
  const D d;
  V acc[kWidth];
  const V init = hn::LoadU(d, r.init + lane);
  CONVCHECK_UNROLL
  for (int p = 0; p < kWidth; ++p) acc[p] = init;
  const std::int64_t pixel = r.stride * kBlock;
  const std::int64_t column = r.dilation * kBlock;
  const Taps heights = r.heights[row];
  for (std::int64_t i = 0; i < r.depths; ++i) {
    for (std::int64_t j = heights.begin; j < heights.end; ++j) {
      const float* w =
          r.weights + i * r.weight_depth + j * r.weight_height + t.begin * kGroup * kBlock;
      const float* src = r.src + row * r.src_row + i * r.src_depth + j * r.src_height +
                         t.output * pixel + t.begin * column;
      for (std::int64_t k = t.begin; k < t.end; ++k, src += column, w += kGroup * kBlock)
        add_tap<kGroup, kWidth, 0>(src, pixel, w, lane, acc);
    }
  }
  float* dst = r.dst + row * r.dst_row + t.output * kBlock + lane;
  CONVCHECK_UNROLL
  for (int p = 0; p < kWidth; ++p) hn::StoreU(acc[p], d, dst + p * kBlock);
}

template <int kGroup>
HWY_NOINLINE void any_rows(const SmallGroupRows& r) {
  for (std::int64_t row = 0; row < r.rows; ++row) {
    for (std::int64_t i = 0; i < r.tile_count; ++i) {
      const SmallGroupTile& t = r.tiles[i];
      for (std::int64_t lane = 0; lane < kBlock; lane += kLanes) {
        if (t.width == kAnyWide) {
          any_tile<kGroup, kAnyWide>(r, row, t, lane);
        } else if (t.width == kAnyNarrow) {
          any_tile<kGroup, kAnyNarrow>(r, row, t, lane);
        } else {
          any_tile<kGroup, 1>(r, row, t, lane);
        }
      }
    }
  }
}

template <int kGroup>
SmallGroupTable table_of(SmallGroupFunction (*unrolled)(std::int64_t, std::int64_t)) {
  return {kLanes,     kUnrolledWide, kUnrolledNarrow,  kAnyWide,
          kAnyNarrow, unrolled,      &any_rows<kGroup>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#endif
