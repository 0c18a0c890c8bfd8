// SPDX-License-Identifier: Apache-2.0
// Images and signals of one channel: vectors over pixels, which shift from one tap to the next.
#include <cmath>

#include "optimized/image_plan.hpp"
#include "optimized/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/kernels/image.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#include "core/unroll.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kChannelBlock>;
using V = hn::Vec<D>;

// A row of x meets up to 4 rows of y, so each of its vectors is loaded or shifted once for 4
// multiply-adds. 4 x 4 accumulators, 5 vectors of pixels and a weight are 22 of 32 registers; 4 x
// 2, 3 and 1 are 12 of 16. Flat tiles are wider, to keep both ports busy.
constexpr int kRows = 4;
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr int kTallVectors = 2;
constexpr int kFlatVectors = 4;
#else
constexpr int kTallVectors = 4;
constexpr int kFlatVectors = 8;
#endif

// Pixels of one row, moving by one column.
template <int kVectors>
struct Window {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  // Shifting in registers: a load of 64 bytes that crosses a line takes 1.4 cycles on Zen 5, a
  // shift half a cycle of a port that multiply-adds do not need.
  V x[kVectors + 1];

  HWY_INLINE void load(const float* src, bool more) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) x[v] = hn::LoadU(D(), src + v * 16);
    x[kVectors] = more ? hn::LoadU(D(), src + kVectors * 16) : hn::Zero(D());
  }
  HWY_INLINE void move(const float* src, std::int64_t k, std::int64_t left) {
    if (k % 16 == 0) {
      load(src, left > 1);
      return;
    }
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) x[v] = shifted(x[v + 1], x[v]);
    x[kVectors] = shifted(x[kVectors], x[kVectors]);
  }
  static HWY_INLINE V shifted(V high, V low) {
    return V{_mm512_castsi512_ps(
        _mm512_alignr_epi32(_mm512_castps_si512(high.raw), _mm512_castps_si512(low.raw), 1))};
  }
#else
  V x[kVectors];

  HWY_INLINE void load(const float* src, bool) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v)
      x[v] = hn::LoadU(D(), src + v * static_cast<std::int64_t>(hn::Lanes(D())));
  }
  HWY_INLINE void move(const float* src, std::int64_t, std::int64_t) { load(src, false); }
#endif
};

// Adds `taps` tap columns of one row of x to rows [kBegin, kEnd) of the tile. `weights` is the tap
// row that meets row kBegin; the next row's is kernel_width before it.
template <int kTileRows, int kVectors, int kBegin, int kEnd>
HWY_INLINE void add_row(const float* HWY_RESTRICT src, const float* HWY_RESTRICT weights,
                        std::int64_t kernel_width, std::int64_t taps,
                        V (&acc)[kTileRows][kVectors]) {
  const D d;
  Window<kVectors> window;
  window.load(src, taps > 1);
  for (std::int64_t k = 0;;) {
    CONVCHECK_UNROLL
    for (int r = kBegin; r < kEnd; ++r) {
      const V weight = hn::Set(d, weights[k - (r - kBegin) * kernel_width]);
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::MulAdd(window.x[v], weight, acc[r][v]);
    }
    if (++k == taps) break;
    window.move(src + k, k, taps - k);
  }
}

// Row `i` of x under the tile, with the rows of y that it meets.
template <int kTileRows, int kVectors, int kBegin, int kEnd>
HWY_INLINE void add_matching(const ImageTile& t, std::int64_t i, const float* src,
                             const float* weights, V (&acc)[kTileRows][kVectors]) {
  const std::int64_t begin = HWY_MAX(std::int64_t{0}, i - t.kernel_height + 1);
  const std::int64_t end = HWY_MIN(std::int64_t{kTileRows}, i + 1);
  if (begin == kBegin && end == kEnd) {
    add_row<kTileRows, kVectors, kBegin, kEnd>(src, weights + (i - kBegin) * t.kernel_width,
                                               t.kernel_width, t.column_end - t.column_begin, acc);
  } else if constexpr (kEnd > kBegin + 1) {
    add_matching<kTileRows, kVectors, kBegin, kEnd - 1>(t, i, src, weights, acc);
  } else if constexpr (kBegin + 1 < kTileRows) {
    add_matching<kTileRows, kVectors, kBegin + 1, kTileRows>(t, i, src, weights, acc);
  }
}

template <int kTileRows, int kVectors>
HWY_NOINLINE void tile(const ImageTile& t) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V acc[kTileRows][kVectors];
  const V init = hn::Set(d, t.init);
  CONVCHECK_UNROLL
  for (int r = 0; r < kTileRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = init;
  }
  const float* weights = t.weights + t.column_begin;
  for (std::int64_t depth = 0; depth < t.depths; ++depth) {
    const float* const* rows = t.rows + depth * t.rows_step;
    for (std::int64_t i = 0; i < kTileRows + t.kernel_height - 1; ++i) {
      if (rows[i] == nullptr || t.column_begin == t.column_end) continue;
      add_matching<kTileRows, kVectors, 0, kTileRows>(t, i, rows[i] + t.column + t.column_begin,
                                                      weights, acc);
    }
    weights += t.kernel_height * t.kernel_width;
  }
  CONVCHECK_UNROLL
  for (int r = 0; r < kTileRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) hn::StoreU(acc[r][v], d, t.dst + r * t.dst_row + v * lanes);
  }
}

const ImageTable* image_table() {
  static const ImageTable table{
      static_cast<int>(hn::Lanes(D())),
      kRows,
      {kTallVectors, kTallVectors / 2, 1},
      {kFlatVectors, kFlatVectors / 2, 1},
      {&tile<kRows, kTallVectors>, &tile<kRows, kTallVectors / 2>, &tile<kRows, 1>},
      {&tile<1, kFlatVectors>, &tile<1, kFlatVectors / 2>, &tile<1, 1>}};
  return &table;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {

HWY_EXPORT(image_table);

Status supports(const ConvProblem& p) {
  if (p.in_channels != p.groups)
    return fail(ErrorCode::kUnsupported, "a group has {} input channels; only 1 is supported",
                p.in_channels / p.groups);
  for (const std::size_t axis : {1, 2}) {
    if (p.stride[axis] != 1 || p.dilation[axis] != 1)
      return fail(ErrorCode::kUnsupported, "rows or columns have a stride or a dilation");
  }
  return {};
}

double cost(const ConvProblem& p) {
  const double rows = static_cast<double>(p.batch) * static_cast<double>(p.out_channels) *
                      static_cast<double>(p.y_extent[0]) * static_cast<double>(p.y_extent[1]);
  const double vectors = std::ceil(static_cast<double>(p.y_extent[2]) / 16);
  const double taps = static_cast<double>(p.w_extent[0]) * static_cast<double>(p.w_extent[1]) *
                      static_cast<double>(p.w_extent[2]);
  // A row's two ends are copied, with their padding.
  return rows * (vectors * taps / 2 / 0.7 + 60);
}

Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) {
  return make_image_plan(p, options, *HWY_DYNAMIC_DISPATCH(image_table)(), cost(p));
}

}  // namespace

extern constinit const Kernel image{
    .name = "image", .supports = supports, .cost = cost, .prepare = prepare};

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
