// SPDX-License-Identifier: Apache-2.0
// Packing of a tile's operands into f64 panels; compiled once for every Highway target.
#include <algorithm>
#include <span>
#include <type_traits>

#include "core/unroll.hpp"
#include "reference/tile.hpp"

#if defined(CONVCHECK_REFERENCE_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_REFERENCE_PACK_INL
#undef CONVCHECK_REFERENCE_PACK_INL
#else
#define CONVCHECK_REFERENCE_PACK_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
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
static_assert(kMaxTileColumns % kLanes == 0 && kMaxLanes % kLanes == 0);

// Rows of the next panel of `fixed` when `left` remain: the largest size that exists.
int panel_rows(std::int64_t left) {
  for (int rows = kPanelRows; rows > 1; rows /= 2) {
    if (left >= rows) return rows;
  }
  return 1;
}

// Columns of one panel of data: what the registers hold, so that the kernel reads memory in order;
// but with few rows packing is what costs, and it is fastest in long runs.
std::int64_t panel_columns(const Tile& tile, const TileScratch& s) {
  return tile.rows() <= kPanelRows ? s.column_stride : kPanelColumns;
}

using V = hn::Vec<D>;

// What one call of a kernel multiplies: `rows` rows of the tile from `row` on, interleaved in
// fixed[k * rows + r], with `vectors` vectors of columns in data[k * data_stride].
struct Panel {
  std::int64_t row;
  int rows;
  std::int64_t column, vectors;
  const double* fixed;
  const double* data;
  std::int64_t data_stride;
};

// Calls body(panel) for every panel of a packed block of `depth`.
template <class Body>
void for_each_panel(const Tile& tile, std::int64_t depth, const TileScratch& s, Body&& body) {
  const std::int64_t width = panel_columns(tile, s);
  for (std::int64_t column = 0; column < s.column_stride; column += kPanelColumns) {
    const std::int64_t start = column / width * width;
    Panel panel{};
    panel.column = column;
    panel.vectors = std::min(kPanelColumns, s.column_stride - column) / kLanes;
    panel.data = s.data.get() + start * depth + (column - start);
    panel.data_stride = std::min(width, s.column_stride - start);
    panel.fixed = s.fixed.get();
    for (std::int64_t row = 0; row < tile.rows(); row += panel.rows) {
      panel.row = row;
      panel.rows = panel_rows(tile.rows() - row);
      body(panel);
      panel.fixed += panel.rows * depth;
    }
  }
}

// Vectors of packed data: vector v at depth k.
struct Packed {
  HWY_INLINE V load(std::int64_t k, int v) const {
    return hn::Load(kD, data + k * stride + v * kLanes);
  }
  const double* data;
  std::int64_t stride;
};

// Calls body(constant) for a number from 1 to kMost, at most 3.
template <int kMost, class Body>
HWY_INLINE void with_constant(int number, Body&& body) {
  if (number == 1) return body(std::integral_constant<int, 1>());
  if constexpr (kMost > 2) {
    if (number > 2) return body(std::integral_constant<int, 3>());
  }
  if constexpr (kMost > 1) body(std::integral_constant<int, 2>());
}

using Quarter = hn::Rebind<std::uint16_t, D>;
using Half = hn::Rebind<std::int32_t, D>;

// kLanes stored elements as f64.
HWY_INLINE hn::Vec<D> load_wide(const float* from) {
  return hn::PromoteTo(kD, hn::LoadU(hn::Rebind<float, D>(), from));
}
HWY_INLINE hn::Vec<D> load_wide(const double* from) { return hn::LoadU(kD, from); }
HWY_INLINE hn::Vec<D> load_wide(const Bf16* from) {
  const auto bits = hn::LoadU(Quarter(), reinterpret_cast<const std::uint16_t*>(from));
  const hn::Rebind<std::uint32_t, D> du;
  const auto f32 = hn::BitCast(hn::Rebind<float, D>(), hn::ShiftLeft<16>(hn::PromoteTo(du, bits)));
  return hn::PromoteTo(kD, f32);
}
HWY_INLINE hn::Vec<D> load_wide(const F16* from) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  const hn::Rebind<hwy::float16_t, D> d16;
  const auto f16 = hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(from));
  return hn::PromoteTo(kD, hn::PromoteTo(hn::Rebind<float, D>(), f16));
#else
  // Without the instruction Highway 1.0 takes infinities and NaN for numbers. As widened():
  const Half d;
  const auto bits =
      hn::PromoteTo(d, hn::LoadU(Quarter(), reinterpret_cast<const std::uint16_t*>(from)));
  const auto magnitude = hn::ShiftLeft<13>(hn::And(bits, hn::Set(d, 0x7fff)));
  const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(d, 0x8000)));
  const auto no_number = hn::Gt(magnitude, hn::Set(d, (0x7c00 << 13) - 1));
  const auto exponent = hn::IfThenElseZero(no_number, hn::Set(d, 0x7f800000));
  const auto f32 = hn::BitCast(hn::Rebind<float, D>(), hn::Or(hn::Or(magnitude, sign), exponent));
  return hn::Mul(hn::PromoteTo(kD, f32), hn::Set(kD, 0x1p112));
#endif
}
HWY_INLINE hn::Vec<D> load_wide(const std::int32_t* from) {
  return hn::PromoteTo(kD, hn::LoadU(Half(), from));
}
HWY_INLINE hn::Vec<D> load_wide(const std::int8_t* from) {
  return hn::PromoteTo(kD, hn::PromoteTo(Half(), hn::LoadU(hn::Rebind<std::int8_t, D>(), from)));
}
HWY_INLINE hn::Vec<D> load_wide(const std::uint8_t* from) {
  return hn::PromoteTo(kD, hn::PromoteTo(Half(), hn::LoadU(hn::Rebind<std::uint8_t, D>(), from)));
}

#if HWY_TARGET != HWY_SCALAR
// from[0], from[2], ...
template <class Half>
HWY_INLINE hn::Vec<Half> load_even(Half half, const float* from) {
  if constexpr (kLanes == 2) {
    const hn::Full128<float> d;
    const auto all = hn::LoadU(d, from);
    return hn::LowerHalf(half, hn::ConcatEven(d, all, all));
  } else {
    hn::Vec<Half> even, odd;
    hn::LoadInterleaved2(half, from, even, odd);
    return even;
  }
}
#endif

template <class T>
HWY_INLINE void widen_stored(const T* from, std::int64_t from_step, std::int64_t count, double* to,
                             std::int64_t to_step, const Source& source) {
  std::int64_t i = 0;
  if (from_step == 1 && to_step == 1) {
    const auto zero = hn::Set(kD, source.zero_point);
    const auto scale = hn::Set(kD, source.scale);
    for (; i + kLanes <= count; i += kLanes) {
      auto v = load_wide(from + i);
      if constexpr (std::is_integral_v<T>) v = hn::Sub(v, zero);
      if constexpr (std::is_same_v<T, double>) v = hn::Mul(v, scale);
      hn::StoreU(v, kD, to + i);
    }
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    // Seven elements one by one take longer than the whole of a small map's row.
    if constexpr (std::is_same_v<T, float>) {
      if (i < count) {
        const hn::Rebind<float, D> half;
        const auto left = static_cast<std::size_t>(count - i);
        const auto tail = hn::MaskedLoad(hn::FirstN(half, left), half, from + i);
        hn::BlendedStore(hn::PromoteTo(kD, tail), hn::FirstN(kD, left), kD, to + i);
        return;
      }
    }
#endif
  }
#if HWY_TARGET != HWY_SCALAR
  // Every second element of a row. The last one's neighbour may be no element.
  if constexpr (std::is_same_v<T, float>) {
    const hn::Rebind<float, D> half;
    if (from_step == 2 && to_step == 1) {
      for (; i + kLanes < count; i += kLanes)
        hn::StoreU(hn::PromoteTo(kD, load_even(half, from + 2 * i)), kD, to + i);
    }
  }
#endif
  for (; i < count; ++i) {
    double v = widened(from[i * from_step]);
    if constexpr (std::is_integral_v<T>) v -= source.zero_point;
    if constexpr (std::is_same_v<T, double>) v *= source.scale;
    to[i * to_step] = v;
  }
}

// to[i * to_step] = element first + i * from_step.
HWY_INLINE void widen(const Source& source, std::int64_t first, std::int64_t from_step,
                      std::int64_t count, double* to, std::int64_t to_step) {
  with_stored_type(source.type, [&](auto sample) HWY_ATTR {
    using T = decltype(sample);
    widen_stored(reinterpret_cast<const T*>(source.data) + first, from_step, count, to, to_step,
                 source);
  });
}

// to[i * kRows + r] = element first + r * row_step + i * step, for kRows rows: moved as they lie in
// memory, in runs, and converted by vectors. Element by element a weight took 2.4 ns, which on maps
// of 7 x 7 was half of all.
template <int kRows, class T>
HWY_INLINE void interleave(const T* from, std::int64_t row_step, std::int64_t step,
                           std::int64_t count, double* to, const Source& source) {
  constexpr std::int64_t kRun = 32;
  T moved[kRun * kRows];
  for (std::int64_t i = 0; i < count; i += kRun) {
    const std::int64_t run = std::min(kRun, count - i);
    for (std::int64_t j = 0; j < run; ++j) {
      const T* element = from + (i + j) * step;
      CONVCHECK_UNROLL
      for (int r = 0; r < kRows; ++r) moved[j * kRows + r] = element[r * row_step];
    }
    widen_stored(moved, 1, run * kRows, to + i * kRows, 1, source);
  }
}

// The same for the rows of a panel, where `rows` is one of its sizes.
HWY_INLINE void widen_rows(const Source& source, std::int64_t first, int rows,
                           std::int64_t row_step, std::int64_t step, std::int64_t count,
                           double* to) {
  with_stored_type(source.type, [&](auto sample) HWY_ATTR {
    using T = decltype(sample);
    const T* from = reinterpret_cast<const T*>(source.data) + first;
    switch (rows) {
      case 8:
        return interleave<8>(from, row_step, step, count, to, source);
      case 4:
        return interleave<4>(from, row_step, step, count, to, source);
      case 2:
        return interleave<2>(from, row_step, step, count, to, source);
      default:
        return widen_stored(from, step, count, to, 1, source);
    }
  });
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

std::int64_t depth_of(const Contraction& c, const Tile& tile) {
  std::int64_t depth = c.wgrad ? c.batch : c.channels;
  for (const AxisView* view : tile.views)
    depth *= c.wgrad ? view->count : static_cast<std::int64_t>(view->rows.size());
  return depth;
}

std::int64_t stored_tap(const Contraction& c, const std::array<const TapRow*, 3>& rows) {
  const Axes& k = c.problem.w_extent;
  return (rows[0]->tap * k[1] + rows[1]->tap) * k[2] + rows[2]->tap;
}

void pack_weights(const Contraction& c, const Source& w, const Tile& tile, DepthBlock block,
                  double* to) {
  const std::int64_t depth = block.end - block.begin;
  const std::int64_t w_size = c.channels * c.rows * c.taps;
  for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
    const int rows = panel_rows(tile.row_end - row);
    for_each_tap(
        c, tile, block,
        [&](const auto& tap_rows, std::int64_t channel, std::int64_t count, std::int64_t k) {
          const std::int64_t from = tile.group * w_size + row * c.w_row_stride +
                                    channel * c.w_channel_stride + stored_tap(c, tap_rows);
          widen_rows(w, from, rows, c.w_row_stride, c.w_channel_stride, count, to + k * rows);
        });
    to += rows * depth;
    row += rows;
  }
}

// Copies what one tap of the innermost axis brings to a run of positions, for `count` channels from
// `channel` on, to depth k of the block; what is outside the data becomes zero.
HWY_INLINE void pack_run(const Source& data, const Run& run, const TileScratch::Copy& copy,
                         std::span<const Piece> pieces, std::int64_t channel_size,
                         std::int64_t channel, std::int64_t count, std::int64_t k) {
  const std::int64_t begin = run.position[2];
  const std::int64_t end = begin + run.length;
  double* to = copy.to + k * copy.to_stride;
  if (copy.line < 0) pieces = {};
  const bool whole = pieces.size() == 1 && pieces[0].lo <= begin && end <= pieces[0].hi;
  for (std::int64_t ch = 0; ch < count && !whole; ++ch)
    std::fill_n(to + ch * copy.to_stride, run.length, 0.0);
  for (const Piece& piece : pieces) {
    const std::int64_t lo = std::max(begin, piece.lo);
    const std::int64_t hi = std::min(end, piece.hi);
    if (lo >= hi) continue;
    const std::int64_t from = copy.line + channel * channel_size + lo * piece.step + piece.offset;
    for (std::int64_t ch = 0; ch < count; ++ch)
      widen(data, from + ch * channel_size, piece.step, hi - lo,
            to + ch * copy.to_stride + (lo - begin), 1);
  }
}

void pack_data(const Contraction& c, const Source& data, const Tile& tile, DepthBlock block,
               TileScratch& s) {
  const std::int64_t panel_width = panel_columns(tile, s);
  s.copies.clear();
  for (const Run& run : s.runs) {
    const std::int64_t panel = run.first - run.first % panel_width;
    s.copies.push_back({-1, s.data.get() + panel * (block.end - block.begin) + (run.first - panel),
                        std::min(panel_width, s.column_stride - panel)});
  }
  const Axes& extent = c.data_extent;
  const std::int64_t size = extent[0] * extent[1] * extent[2];
  const AxisView& view = *tile.views[2];
  const TapRow* row_d = nullptr;
  const TapRow* row_h = nullptr;
  for_each_tap(c, tile, block,
               [&](const auto& rows, std::int64_t channel, std::int64_t count, std::int64_t k) {
                 if (rows[0] != row_d || rows[1] != row_h) {
                   row_d = rows[0];
                   row_h = rows[1];
                   for (std::size_t i = 0; i < s.runs.size(); ++i) {
                     const Run& run = s.runs[i];
                     const std::int64_t d = tile.views[0]->element(*row_d, run.position[0]);
                     const std::int64_t h =
                         d < 0 ? -1 : tile.views[1]->element(*row_h, run.position[1]);
                     s.copies[i].line = h < 0 ? -1
                                              : channel_offset(c, run.batch, tile.group, 0) +
                                                    (d * extent[1] + h) * extent[2];
                   }
                 }
                 const std::span pieces(view.pieces.data() + rows[2]->first, rows[2]->count);
                 for (std::size_t i = 0; i < s.runs.size(); ++i)
                   pack_run(data, s.runs[i], s.copies[i], pieces, size, channel, count, k);
               });
}

// wgrad: depth is batch and positions of y.
void pack_gradient(const Contraction& c, const Source& y, const Tile& tile, DepthBlock block,
                   double* to) {
  const Axes& o = c.problem.y_extent;
  const std::int64_t size = o[0] * o[1] * o[2];
  for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
    const int rows = panel_rows(tile.row_end - row);
    for (std::int64_t k = block.begin; k < block.end;) {
      const std::int64_t position = k % size;
      const std::int64_t count = std::min(size - position, block.end - k);
      const std::int64_t from =
          ((k / size * c.groups + tile.group) * c.rows + row) * size + position;
      widen_rows(y, from, rows, size, 1, count, to + (k - block.begin) * rows);
      k += count;
    }
    to += rows * (block.end - block.begin);
    row += rows;
  }
}

void pack_patches(const Contraction& c, const Source& x, const Tile& tile, DepthBlock block,
                  TileScratch& s) {
  const std::int64_t depth = block.end - block.begin;
  const std::int64_t panel_width = panel_columns(tile, s);
  std::fill_n(s.data.get(), depth * s.column_stride, 0.0);
  const Axes& k = c.problem.w_extent;
  const Axes& extent = c.data_extent;
  const bool flipped = c.problem.orientation == Orientation::kConvolution;
  const auto row_of = [&](std::size_t axis, std::int64_t tap) -> const TapRow& {
    return tile.views[axis]->rows[static_cast<std::size_t>(flipped ? k[axis] - 1 - tap : tap)];
  };
  for (std::int64_t column = 0; column < tile.columns(); ++column) {
    const std::int64_t panel = column - column % panel_width;
    const std::int64_t width = std::min(panel_width, s.column_stride - panel);
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
      const std::int64_t from =
          channel_offset(c, run.batch, tile.group, channel) + (d * extent[1] + h) * extent[2];
      for (std::size_t i = row_w.first; i < row_w.first + row_w.count; ++i) {
        const Piece& piece = tile.views[2]->pieces[i];
        const std::int64_t lo = std::max(run.position[2], piece.lo);
        const std::int64_t hi = std::min(run.position[2] + run.length, piece.hi);
        if (lo < hi)
          widen(x, from + lo * piece.step + piece.offset, piece.step, hi - lo,
                to + (run.first + lo - run.position[2]) * width, width);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#endif  // CONVCHECK_REFERENCE_PACK_INL
