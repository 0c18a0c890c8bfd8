// SPDX-License-Identifier: Apache-2.0
#include "reference/tile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reference/tile.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
constexpr D kD;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(HWY_LANES(double));

// Accumulators, data vectors and one broadcast fit the registers: 24 + 3 + 1 of 32, 12 + 3 + 1 of
// 16; without FMA a product needs a register of its own.
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
constexpr int kPanelRows = 4;
constexpr int kPanelVectors = 3;
#elif HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
constexpr int kPanelRows = 4;
constexpr int kPanelVectors = 2;
#else
constexpr int kPanelRows = 8;
constexpr int kPanelVectors = 3;
#endif
constexpr std::int64_t kPanelColumns = kPanelVectors * kLanes;
static_assert(kLanes <= kMaxLanes);

// sums[r, :] += sum over k of fixed[k, r] * data[k, :] (magnitudes of data if kAbs).
template <int kRows, int kVectors, bool kAbs>
void multiply(std::int64_t depth, const double* HWY_RESTRICT fixed, const double* HWY_RESTRICT data,
              double* HWY_RESTRICT sums, std::int64_t stride) {
  V acc[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::Load(kD, sums + r * stride + v * kLanes);
  for (std::int64_t k = 0; k < depth; ++k) {
    V b[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      b[v] = hn::Load(kD, data + v * kLanes);
      if (kAbs) b[v] = hn::Abs(b[v]);
    }
    for (int r = 0; r < kRows; ++r) {
      const V a = hn::Set(kD, fixed[r]);
      // The product of two f32 is an f64: fused or not, the bits are the same.
      for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::MulAdd(a, b[v], acc[r][v]);
    }
    fixed += kRows;
    data += kVectors * kLanes;
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) hn::Store(acc[r][v], kD, sums + r * stride + v * kLanes);
}

template <int kRows, bool kAbs>
void multiply_panel(int vectors, std::int64_t depth, const double* fixed, const double* data,
                    double* sums, std::int64_t stride) {
  switch (vectors) {
    case 1:
      return multiply<kRows, 1, kAbs>(depth, fixed, data, sums, stride);
    case 2:
      return multiply<kRows, 2, kAbs>(depth, fixed, data, sums, stride);
    default:
      return multiply<kRows, kPanelVectors, kAbs>(depth, fixed, data, sums, stride);
  }
}

// Rows of the next panel of `fixed` when `left` remain: the largest size that exists.
int panel_rows(std::int64_t left) {
  for (int rows = kPanelRows; rows > 1; rows /= 2) {
    if (left >= rows) return rows;
  }
  return 1;
}

template <bool kAbs>
void multiply_block(const Tile& tile, std::int64_t depth, TileScratch& s) {
  for (std::int64_t column = 0; column < tile.columns(); column += kPanelColumns) {
    const std::int64_t width = std::min(kPanelColumns, s.column_stride - column);
    const int vectors = static_cast<int>(width / kLanes);
    const double* data = s.data.get() + column * depth;
    const double* fixed = s.fixed.get();
    for (std::int64_t row = 0; row < tile.rows();) {
      const int rows = panel_rows(tile.rows() - row);
      double* value = (kAbs ? s.sum_abs : s.value).get() + row * s.column_stride + column;
      switch (rows) {
#if !(HWY_ARCH_X86 && HWY_TARGET >= HWY_AVX2)
        case 8:
          multiply_panel<8, kAbs>(vectors, depth, fixed, data, value, s.column_stride);
          break;
#endif
        case 4:
          multiply_panel<4, kAbs>(vectors, depth, fixed, data, value, s.column_stride);
          break;
        case 2:
          multiply_panel<2, kAbs>(vectors, depth, fixed, data, value, s.column_stride);
          break;
        default:
          multiply_panel<1, kAbs>(vectors, depth, fixed, data, value, s.column_stride);
      }
      fixed += rows * depth;
      row += rows;
    }
  }
}

// to[i * to_step] = from[i * from_step], as f64.
HWY_INLINE void widen(const float* from, std::int64_t from_step, std::int64_t count, double* to,
                      std::int64_t to_step) {
  std::int64_t i = 0;
  if (from_step == 1 && to_step == 1) {
    const hn::Rebind<float, D> half;
    for (; i + kLanes <= count; i += kLanes)
      hn::StoreU(hn::PromoteTo(kD, hn::LoadU(half, from + i)), kD, to + i);
  }
  for (; i < count; ++i) to[i * to_step] = static_cast<double>(from[i * from_step]);
}

// Depth of conv and deconv: tap rows of the three axes, slowest first, and channels innermost.
struct DepthBlock {
  std::int64_t begin, end;
};

// Calls body(row of each axis, first channel, channels, depth within the block) for every tap.
template <class Body>
void for_each_tap(const Contraction& c, const Tile& tile, DepthBlock block, Body&& body) {
  const auto& views = tile.views;
  for (std::int64_t k = block.begin; k < block.end;) {
    const std::int64_t index = k / c.channels;
    const std::int64_t channel = k % c.channels;
    const std::int64_t count = std::min(c.channels - channel, block.end - k);
    const auto h = static_cast<std::int64_t>(views[1]->rows.size());
    const auto w = static_cast<std::int64_t>(views[2]->rows.size());
    body(std::array<const TapRow*, 3>{&views[0]->rows[static_cast<std::size_t>(index / (h * w))],
                                      &views[1]->rows[static_cast<std::size_t>(index / w % h)],
                                      &views[2]->rows[static_cast<std::size_t>(index % w)]},
         channel, count, k - block.begin);
    k += count;
  }
}

std::int64_t stored_tap(const Contraction& c, const std::array<const TapRow*, 3>& rows) {
  const Axes& k = c.problem.w_extent;
  return (rows[0]->tap * k[1] + rows[1]->tap) * k[2] + rows[2]->tap;
}

void pack_weights(const Contraction& c, const float* w, const Tile& tile, DepthBlock block,
                  double* to) {
  const std::int64_t depth = block.end - block.begin;
  const std::int64_t w_size = c.channels * c.rows * c.taps;
  for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
    const int rows = panel_rows(tile.row_end - row);
    for_each_tap(
        c, tile, block,
        [&](const auto& tap_rows, std::int64_t channel, std::int64_t count, std::int64_t k) {
          const float* from = w + tile.group * w_size + row * c.w_row_stride +
                              channel * c.w_channel_stride + stored_tap(c, tap_rows);
          for (int r = 0; r < rows; ++r)
            widen(from + r * c.w_row_stride, c.w_channel_stride, count, to + k * rows + r, rows);
        });
    to += rows * depth;
    row += rows;
  }
}

// Copies what one row of taps brings to a run of positions, for `count` channels whose rows of `to`
// are `to_stride` apart; what is outside the data becomes zero.
void pack_run(const Contraction& c, const float* data, const Tile& tile, const Run& run,
              const std::array<const TapRow*, 3>& rows, std::int64_t channel, std::int64_t count,
              double* to, std::int64_t to_stride) {
  const std::int64_t d = tile.views[0]->element(*rows[0], run.position[0]);
  const std::int64_t h = d < 0 ? -1 : tile.views[1]->element(*rows[1], run.position[1]);
  const std::int64_t begin = run.position[2];
  const std::int64_t end = begin + run.length;
  const Axes& extent = c.data_extent;
  const std::int64_t size = extent[0] * extent[1] * extent[2];
  const AxisView& view = *tile.views[2];
  const std::span pieces(view.pieces.data() + rows[2]->first, h < 0 ? 0 : rows[2]->count);
  const bool whole = std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    return piece.lo <= begin && end <= piece.hi;
  });
  for (std::int64_t ch = 0; ch < count && !whole; ++ch)
    std::fill_n(to + ch * to_stride, run.length, 0.0);
  for (const Piece& piece : pieces) {
    const std::int64_t lo = std::max(begin, piece.lo);
    const std::int64_t hi = std::min(end, piece.hi);
    if (lo >= hi) continue;
    const float* from = data_channel(c, data, run.batch, tile.group, channel) +
                        (d * extent[1] + h) * extent[2] + lo * piece.step + piece.offset;
    for (std::int64_t ch = 0; ch < count; ++ch)
      widen(from + ch * size, piece.step, hi - lo, to + ch * to_stride + (lo - begin), 1);
  }
}

void pack_data(const Contraction& c, const float* data, const Tile& tile, DepthBlock block,
               TileScratch& s) {
  const std::int64_t depth = block.end - block.begin;
  for_each_tap(c, tile, block,
               [&](const auto& rows, std::int64_t channel, std::int64_t count, std::int64_t k) {
                 for (const Run& run : s.runs) {
                   const std::int64_t panel = run.first / kPanelColumns * kPanelColumns;
                   const std::int64_t width = std::min(kPanelColumns, s.column_stride - panel);
                   pack_run(c, data, tile, run, rows, channel, count,
                            s.data.get() + panel * depth + k * width + (run.first - panel), width);
                 }
               });
}

// wgrad: depth is batch and positions of y.
void pack_gradient(const Contraction& c, const float* y, const Tile& tile, DepthBlock block,
                   const std::vector<Run>& runs, double* to) {
  const Axes& o = c.problem.y_extent;
  const std::int64_t size = o[0] * o[1] * o[2];
  for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
    const int rows = panel_rows(tile.row_end - row);
    for (const Run& run : runs) {
      const std::int64_t position =
          (run.position[0] * o[1] + run.position[1]) * o[2] + run.position[2];
      for (int r = 0; r < rows; ++r)
        widen(y + ((run.batch * c.groups + tile.group) * c.rows + row + r) * size + position, 1,
              run.length, to + run.first * rows + r, rows);
    }
    to += rows * (block.end - block.begin);
    row += rows;
  }
}

void pack_patches(const Contraction& c, const float* x, const Tile& tile, DepthBlock block,
                  TileScratch& s) {
  const std::int64_t depth = block.end - block.begin;
  std::fill_n(s.data.get(), depth * s.column_stride, 0.0);
  const Axes& k = c.problem.w_extent;
  const Axes& extent = c.data_extent;
  const bool flipped = c.problem.orientation == Orientation::kConvolution;
  const auto row_of = [&](std::size_t axis, std::int64_t tap) -> const TapRow& {
    return tile.views[axis]->rows[static_cast<std::size_t>(flipped ? k[axis] - 1 - tap : tap)];
  };
  for (std::int64_t column = 0; column < tile.columns(); ++column) {
    const std::int64_t panel = column / kPanelColumns * kPanelColumns;
    const std::int64_t width = std::min(kPanelColumns, s.column_stride - panel);
    double* to = s.data.get() + panel * depth + (column - panel);
    const std::int64_t channel = (tile.column_begin + column) / c.taps;
    const std::int64_t tap = (tile.column_begin + column) % c.taps;
    const TapRow& row_d = row_of(0, tap / (k[1] * k[2]));
    const TapRow& row_h = row_of(1, tap / k[2] % k[1]);
    const TapRow& row_w = row_of(2, tap % k[2]);
    for (const Run& run : s.runs) {
      const std::int64_t d = tile.views[0]->element(row_d, run.position[0]);
      const std::int64_t h = d < 0 ? -1 : tile.views[1]->element(row_h, run.position[1]);
      if (h < 0) continue;
      const float* from =
          data_channel(c, x, run.batch, tile.group, channel) + (d * extent[1] + h) * extent[2];
      for (std::size_t i = row_w.first; i < row_w.first + row_w.count; ++i) {
        const Piece& piece = tile.views[2]->pieces[i];
        const std::int64_t lo = std::max(run.position[2], piece.lo);
        const std::int64_t hi = std::min(run.position[2] + run.length, piece.hi);
        if (lo < hi)
          widen(from + lo * piece.step + piece.offset, piece.step, hi - lo,
                to + (run.first + lo - run.position[2]) * width, width);
      }
    }
  }
}

void start_with_bias(const Contraction& c, const float* bias, const Tile& tile, TileScratch& s) {
  for (std::int64_t r = 0; r < tile.rows(); ++r) {
    const double b =
        bias == nullptr ? 0.0
                        : static_cast<double>(bias[tile.group * c.rows + tile.row_begin + r]) + 0.0;
    std::fill_n(s.value.get() + r * s.column_stride, s.column_stride, b);
    std::fill_n(s.sum_abs.get() + r * s.column_stride, s.column_stride, std::fabs(b));
  }
}

}  // namespace

void accumulate(const Contraction& c, const TileOperands& operands, const Tile& tile,
                TileScratch& s) {
  s.column_stride = (tile.columns() + kLanes - 1) / kLanes * kLanes;
  start_with_bias(c, operands.bias, tile, s);
  std::int64_t depth = c.wgrad ? c.batch : c.channels;
  for (const AxisView* view : tile.views)
    depth *= c.wgrad ? view->count : static_cast<std::int64_t>(view->rows.size());
  if (!c.wgrad) split_runs(tile.views, tile.column_begin, tile.column_end, kPanelColumns, s.runs);
  const std::int64_t most =
      std::clamp(kMaxTileOutputs / s.column_stride, kMinDepthBlock, kMaxDepthBlock);
  for (std::int64_t k = 0; k < depth; k += most) {
    const DepthBlock block{k, std::min(depth, k + most)};
    if (c.wgrad) {
      split_runs(tile.views, block.begin, block.end, block.end - block.begin, s.runs);
      pack_gradient(c, operands.fixed, tile, block, s.runs, s.fixed.get());
      pack_patches(c, operands.data, tile, block, s);
    } else {
      pack_weights(c, operands.fixed, tile, block, s.fixed.get());
      pack_data(c, operands.data, tile, block, s);
    }
    multiply_block<false>(tile, block.end - block.begin, s);
    for (std::int64_t i = 0; i < tile.rows() * (block.end - block.begin); ++i)
      s.fixed[static_cast<std::size_t>(i)] = std::fabs(s.fixed[static_cast<std::size_t>(i)]);
    multiply_block<true>(tile, block.end - block.begin, s);
  }
}

int lowest_bit(const float* values, std::int64_t count) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const auto n = static_cast<std::int64_t>(hn::Lanes(df));
  // |v| without its last set bit, subtracted from |v|, is that bit as a number: exact, as a NaN or
  // an infinity where v is one. A power of two is its own last bit.
  const auto bit_of = [&](auto v) HWY_ATTR {
    const auto bits = hn::BitCast(di, hn::Abs(v));
    const auto fraction = hn::And(bits, hn::Set(di, 0x7fffff));
    const auto rest = hn::And(bits, hn::Sub(bits, hn::Set(di, 1)));
    const auto kept = hn::IfThenZeroElse(hn::Eq(fraction, hn::Zero(di)), rest);
    const auto last = hn::BitCast(di, hn::Sub(hn::Abs(v), hn::BitCast(df, kept)));
    return hn::IfThenElse(hn::Eq(bits, hn::Zero(di)), hn::Set(di, 0x7fffffff), last);
  };
  auto least = hn::Set(di, 0x7fffffff);
  std::int64_t i = 0;
  for (; i + n <= count; i += n) least = hn::Min(least, bit_of(hn::LoadU(df, values + i)));
  for (; i < count; ++i) least = hn::Min(least, bit_of(hn::Set(df, values[i])));
  HWY_ALIGN std::int32_t lanes[HWY_LANES(std::int32_t)];
  hn::Store(least, di, lanes);
  std::int32_t bits = 0x7fffffff;
  for (std::int64_t lane = 0; lane < n; ++lane) bits = std::min(bits, lanes[lane]);
  if (bits >= 0x7f800000) return 128;
  return std::ilogb(std::bit_cast<float>(bits));
}

}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::reference {

HWY_EXPORT(accumulate);
HWY_EXPORT(lowest_bit);

void accumulate_tile(const Contraction& c, const TileOperands& operands, const Tile& tile,
                     TileScratch& s) {
  HWY_DYNAMIC_DISPATCH(accumulate)(c, operands, tile, s);
}

int lowest_bit_exponent(const float* values, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(lowest_bit)(values, count);
}

TileScratch::TileScratch()
    : fixed(hwy::AllocateAligned<double>(kMaxTileRows * kMaxDepthBlock)),
      data(hwy::AllocateAligned<double>(kMaxPackedData)),
      value(hwy::AllocateAligned<double>(kMaxTileSums)),
      sum_abs(hwy::AllocateAligned<double>(kMaxTileSums)) {
  // Lanes past the last column are computed and never read.
  std::fill_n(data.get(), kMaxPackedData, 0.0);
  runs.reserve(kMaxTileColumns);
}

void split_runs(const std::array<const AxisView*, 3>& views, std::int64_t begin, std::int64_t end,
                std::int64_t cut, std::vector<Run>& runs) {
  runs.clear();
  const std::int64_t d = views[0]->count;
  const std::int64_t h = views[1]->count;
  const std::int64_t w = views[2]->count;
  for (std::int64_t i = begin; i < end;) {
    const std::int64_t position = i % w;
    const std::int64_t length = std::min({w - position, end - i, cut - (i - begin) % cut});
    runs.push_back({i / w / h / d, {i / w / h % d, i / w % h, position}, length, i - begin});
    i += length;
  }
}

}  // namespace convcheck::reference
#endif  // HWY_ONCE
