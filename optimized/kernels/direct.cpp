// SPDX-License-Identifier: Apache-2.0
// Direct convolution, register-blocked: vectors over output channels, broadcasts over pixels.
#include <cmath>
#include <utility>

#include "optimized/direct_plan.hpp"
#include "optimized/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/kernels/direct.cpp"
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

// Accumulators, weight vectors and one broadcast fill the register file: 14 x 2 + 2 + 1 = 31 of 32,
// or 6 x 2 + 2 + 1 = 15 of 16. Both keep two FMA ports busy for more than the latency of 4 cycles.
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr int kMaxWidth = 6;
#else
constexpr int kMaxWidth = kMaxTileWidth;
#endif
constexpr int kMaxVectors = 2;

using D = hn::CappedTag<float, kChannelBlock>;
using V = hn::Vec<D>;

// kPixels: in kRows rows, 1 or 2. kPixelStep: the distance of source pixels where it is known,
// which makes every broadcast's address a constant offset; 0 for t.src_pixel.
template <int kPixels, int kRows, int kVectors, int kPixelStep>
HWY_NOINLINE void tile(const DirectTile& t) {
  constexpr int kWidth = kPixels / kRows;
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t pixel_step = kPixelStep != 0 ? kPixelStep : t.src_pixel;

  // Every loop over this array is unrolled, so that its elements are registers.
  V acc[kPixels][kVectors];
  const auto dst = [&t](int p, int v) HWY_ATTR {
    return t.dst + p / kWidth * t.dst_row + p % kWidth * t.dst_pixel + v * t.dst_vector;
  };
  CONVCHECK_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v)
      acc[p][v] = t.init != nullptr ? hn::Load(d, t.init + v * lanes) : hn::LoadU(d, dst(p, v));
  }

  const float* block_src = t.src;
  const float* block_weights = t.weights;
  for (std::int64_t b = 0; b < t.blocks; ++b) {
    const std::int64_t channels = b + 1 == t.blocks ? t.last_channels : kChannelBlock;
    for (std::int64_t r = 0; r < t.row_count; ++r) {
      const float* HWY_RESTRICT w =
          block_weights +
          (t.rows[r].index * t.kernel_width + t.column_begin) * channels * kVectors * lanes;
      const auto row = [&](std::int64_t source) HWY_ATTR {
        return (kRows > 1 && source == kNoRow ? t.zeros : block_src + source) +
               t.column_begin * t.src_column;
      };
      const float* HWY_RESTRICT column = row(t.rows[r].source);
      const std::int64_t to_second = kRows > 1 ? row(t.rows[r].second) - column : 0;
      for (std::int64_t k = t.column_begin; k < t.column_end; ++k, column += t.src_column) {
        const float* HWY_RESTRICT x = column;
        for (std::int64_t c = 0; c < channels; ++c, ++x, w += kVectors * lanes) {
          V weight[kVectors];
          CONVCHECK_UNROLL
          for (int v = 0; v < kVectors; ++v) weight[v] = hn::Load(d, w + v * lanes);
          CONVCHECK_UNROLL
          for (int p = 0; p < kPixels; ++p) {
            const V pixel = hn::Set(d, x[p / kWidth * to_second + p % kWidth * pixel_step]);
            CONVCHECK_UNROLL
            for (int v = 0; v < kVectors; ++v) acc[p][v] = hn::MulAdd(pixel, weight[v], acc[p][v]);
          }
        }
      }
    }
    block_src += t.src_block;
    block_weights += t.weight_block;
  }

  CONVCHECK_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) hn::StoreU(acc[p][v], d, dst(p, v));
  }
}

template <int kRows, int kVectors, int kPixelStep, int... kWidths>
constexpr std::array<DirectTileFunction, kMaxTileWidth> widths(
    std::integer_sequence<int, kWidths...>) {
  return {&tile<(kWidths + 1) * kRows, kRows, kVectors, kPixelStep>...};
}

template <int kRows, int kPixelStep>
constexpr std::array<std::array<DirectTileFunction, kMaxTileWidth>, kMaxTileVectors> all_widths() {
  return {widths<kRows, 1, kPixelStep>(std::make_integer_sequence<int, kMaxWidth / kRows>()),
          widths<kRows, 2, kPixelStep>(std::make_integer_sequence<int, kMaxWidth / kRows>())};
}

const DirectTable* direct_table() {
  constexpr auto kBlock = static_cast<int>(kChannelBlock);
  static const DirectTable table{static_cast<int>(hn::Lanes(D())),
                                 kMaxWidth,
                                 kMaxVectors,
                                 {all_widths<1, kBlock>(), all_widths<1, 0>()},
                                 {all_widths<2, kBlock>(), all_widths<2, 0>()}};
  return &table;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {

HWY_EXPORT(direct_table);

Status supports(const ConvProblem& p) {
  const double operands = static_cast<double>(element_count(p.x_shape())) +
                          static_cast<double>(element_count(p.w_shape())) +
                          static_cast<double>(element_count(p.y_shape()));
  const double copy = direct_copy_floats(p);
  // Memory is spent in proportion to what was given; small problems may always.
  constexpr double kSmallFloats = 1 << 20;
  if (copy > 2 * operands && copy > kSmallFloats)
    return fail(
        ErrorCode::kUnsupported,
        "the copy of x with its columns padded would have {:.3g} floats; x, w and y have {:.3g}",
        copy, operands);
  return {};
}

double cost(const ConvProblem& p) {
  const auto group_out = static_cast<double>(p.out_channels / p.groups);
  const auto group_in = static_cast<double>(p.in_channels / p.groups);
  const double pixels = static_cast<double>(p.batch * p.groups) *
                        static_cast<double>(p.y_extent[0]) * static_cast<double>(p.y_extent[1]) *
                        static_cast<double>(p.y_extent[2]);
  const double taps = static_cast<double>(p.w_extent[0]) * static_cast<double>(p.w_extent[1]) *
                      static_cast<double>(p.w_extent[2]);
  const double vectors = std::ceil(group_out / static_cast<double>(kChannelBlock));
  // 0.85 of the peak was measured over dense layers; conversion moves about 4 floats a cycle.
  return pixels * vectors * group_in * taps / 2 / 0.85 +
         (direct_copy_floats(p) + pixels * group_out) / 4;
}

Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) {
  return make_direct_plan(p, options, *HWY_DYNAMIC_DISPATCH(direct_table)(), cost(p));
}

}  // namespace

extern constinit const Kernel direct{.name = "direct",
                                     .supports = supports,
                                     .cost = cost,
                                     .prepare = prepare,
                                     .blocked_layouts = true};

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
