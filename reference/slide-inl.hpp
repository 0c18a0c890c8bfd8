// SPDX-License-Identifier: Apache-2.0
// Weight gradients of few rows: taps of one line of the kernel read consecutive elements, so that a
// line of x, widened once, serves all its taps; compiled once for every Highway target.
#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/geometry.hpp"
#include "reference/tile.hpp"

#if defined(CONVCHECK_REFERENCE_SLIDE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_REFERENCE_SLIDE_INL
#undef CONVCHECK_REFERENCE_SLIDE_INL
#else
#define CONVCHECK_REFERENCE_SLIDE_INL
#endif

#include "reference/pack-inl.hpp"
#include "reference/panel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

// Vectors of half the width, for lines that these hold: their loads meet half as many ends of cache
// lines.
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
using Narrow = hn::Half<D>;
#else
using Narrow = D;
#endif

// The taps of a tile, line of the kernel by line: every line in as many vectors of `lanes` slots as
// the longest part of one needs.
struct Lines {
  Lines(const Contraction& c, const Tile& tile, std::int64_t lanes) : lanes(lanes) {
    const std::int64_t taps = c.problem.w_extent[2];
    count = (tile.column_end - 1) / taps - tile.column_begin / taps + 1;
    width = std::min(taps, tile.columns());
    vectors = (width + lanes - 1) / lanes;
  }
  // Slots of a row of sums, which are later read by whole vectors.
  [[nodiscard]] std::int64_t slots() const {
    return ceil_div(count * vectors * lanes, kLanes) * kLanes;
  }
  std::int64_t lanes, count, width, vectors;
};

// Calls body(number of the line, its first column, columns) for each part of a line in the tile.
template <class Body>
void for_each_line(const Contraction& c, const Tile& tile, Body&& body) {
  const std::int64_t taps = c.problem.w_extent[2];
  std::int64_t line = 0;
  for (std::int64_t column = tile.column_begin; column < tile.column_end; ++line) {
    const std::int64_t count = std::min(taps - column % taps, tile.column_end - column);
    body(line, column, count);
    column += count;
  }
}

// to[q] = element first + q * step of the padded line, zero in the padding.
void pack_line(const Source& x, std::int64_t line, const AxisView& padded, std::int64_t first,
               std::int64_t step, std::int64_t count, double* to) {
  // The first q whose element is not before `lo` (for a negative step: is before `hi`).
  const auto reach = [&](std::int64_t lo, std::int64_t hi) {
    if (step == 1) return std::clamp<std::int64_t>(lo - first, 0, count);
    const std::int64_t q = step > 0 ? ceil_div(lo - first, step) : ceil_div(first - hi + 1, -step);
    return std::clamp<std::int64_t>(q, 0, count);
  };
  std::int64_t packed = 0;
  for (const Piece& piece : padded.pieces) {
    const std::int64_t begin = reach(piece.lo, piece.hi);
    const std::int64_t end = reach(piece.hi, piece.lo);
    if (begin >= end) continue;
    if (packed == 0 && end - begin < count) std::fill_n(to, count, 0.0);
    widen(x, line + (first + begin * step) * piece.step + piece.offset, step * piece.step,
          end - begin, to + begin, 1);
    packed += end - begin;
  }
  if (packed == 0) std::fill_n(to, count, 0.0);
}

// Splits runs into stretches that lines with room for `width` taps read. Column t past a line's
// first one is at offsets[k] + t for depth k. Returns the memory of a line.
std::int64_t split_stretches(const Contraction& c, std::int64_t width, std::span<const Run> runs,
                             std::int64_t* offsets, TileScratch& s) {
  const bool flipped = c.problem.orientation == Orientation::kConvolution;
  const bool overlap = c.line_hop <= width;
  const std::int64_t hop = overlap ? c.line_hop : 0;
  const std::int64_t step = flipped ? -hop : hop;
  const hn::ScalableTag<std::int64_t> di;
  HWY_ALIGN std::int64_t lanes[kLanes];
  for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = j * step;
  const auto steps = hn::Load(di, lanes);
  s.stretches.clear();
  std::int64_t pitch = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const std::int64_t apart = overlap ? c.line_apart : run.length;
    for (std::int64_t r = 0; r < std::min(apart, run.length); ++r) {
      const std::int64_t count = (run.length - r + apart - 1) / apart;
      const std::int64_t hops = (count - 1) * hop;
      s.stretches.push_back(
          {i, run.position[2] + r, run.position[2] + r + (count - 1) * apart, pitch, hops});
      std::int64_t* offset = offsets + run.first + r;
      const std::int64_t first = pitch + (flipped ? hops : 0);
      if (apart == 1) {
        auto now = hn::Add(hn::Set(di, first), steps);
        for (std::int64_t j = 0; j < count; j += kLanes) {
          hn::StoreU(now, di, offset + j);
          now = hn::Add(now, hn::Set(di, kLanes * step));
        }
      } else {
        std::int64_t now = first;
        for (std::int64_t j = 0; j < count; ++j, now += step) offset[j * apart] = now;
      }
      pitch += hops + width;
    }
  }
  return pitch;
}

// Packs what one stretch of positions reads of a line of x from tap `tap` on. A flipped line is
// packed from its end, so that its columns ascend all the same.
void pack_stretch(const Contraction& c, const Source& x, std::int64_t line,
                  const TileScratch::Stretch& stretch, std::int64_t tap, std::int64_t count,
                  double* to) {
  const std::int64_t stride = c.problem.stride[2];
  const std::int64_t dilation = c.problem.dilation[2];
  if (c.problem.orientation == Orientation::kConvolution)
    pack_line(x, line, c.padded_line,
              stretch.last * stride + (c.problem.w_extent[2] - 1 - tap) * dilation, -dilation,
              count, to);
  else
    pack_line(x, line, c.padded_line, stretch.position * stride + tap * dilation, dilation, count,
              to);
}

// What tap `tap` reads of an outer axis: its view's row, and how far past the first tap's.
std::int64_t tap_order(const Contraction& c, std::size_t axis, std::int64_t tap) {
  const bool flipped = c.problem.orientation == Orientation::kConvolution;
  return flipped ? c.problem.w_extent[axis] - 1 - tap : tap;
}

// Packs what every line of the tile reads in a block of depth by itself.
void pack_each_line(const Contraction& c, const Source& x, const Tile& tile, const Lines& lines,
                    TileScratch& s) {
  const Axes& k = c.problem.w_extent;
  const Axes& extent = c.data_extent;
  const std::int64_t pitch = split_stretches(c, lines.width, s.runs, s.offsets.data(), s);
  const auto row_of = [&](std::size_t axis, std::int64_t tap) -> const TapRow& {
    return tile.views[axis]->rows[static_cast<std::size_t>(tap_order(c, axis, tap))];
  };
  for_each_line(c, tile, [&](std::int64_t line, std::int64_t column, std::int64_t width) {
    const TapRow& row_h = row_of(1, column / k[2] % k[1]);
    const TapRow& row_d = row_of(0, column / k[2] / k[1] % k[0]);
    const std::int64_t channel = column / c.taps;
    s.lines[static_cast<std::size_t>(line)] = line * pitch;
    for (const TileScratch::Stretch& stretch : s.stretches) {
      const Run& run = s.runs[stretch.run];
      double* to = s.data.get() + line * pitch + stretch.to;
      const std::int64_t d = tile.views[0]->element(row_d, run.position[0]);
      const std::int64_t h = d < 0 ? -1 : tile.views[1]->element(row_h, run.position[1]);
      const std::int64_t count = stretch.hops + width;
      if (h < 0) {
        std::fill_n(to, count, 0.0);
        continue;
      }
      const std::int64_t from =
          channel_offset(c, run.batch, tile.group, channel) + (d * extent[1] + h) * extent[2];
      pack_stretch(c, x, from, stretch, column % k[2], count, to);
    }
  });
}

// Rows of x along one outer axis, padding included, that positions first to last read through all
// its taps; of each, which one it is: -1 in the padding, kUnread between what taps read.
struct Rows {
  static constexpr std::int64_t kUnread = -2;
  Rows(const Contraction& c, std::size_t axis, std::int64_t first, std::int64_t last)
      : axis(axis),
        first(first),
        last(last),
        stride(c.problem.stride[axis]),
        dilation(c.problem.dilation[axis]),
        count((last - first) * stride + (c.problem.w_extent[axis] - 1) * dilation + 1) {}

  void find(const Contraction& c, const AxisView& view, std::vector<std::int64_t>& elements) const {
    elements.assign(static_cast<std::size_t>(count), kUnread);
    for (std::int64_t tap = 0; tap < c.problem.w_extent[axis]; ++tap) {
      const TapRow& row = view.rows[static_cast<std::size_t>(tap)];
      for (std::int64_t at = first; at <= last; ++at)
        elements[static_cast<std::size_t>((at - first) * stride + tap * dilation)] =
            view.element(row, at);
    }
  }

  std::size_t axis;
  std::int64_t first, last, stride, dilation, count;
};

// Packs the rows of x that a block of depth reads, each once, however many taps of the outer axes
// read it; unless these are too many, or too long, or the tile cuts a line of the kernel.
bool pack_rows(const Contraction& c, const Source& x, const Tile& tile, const Lines& lines,
               TileScratch& s) {
  const Axes& k = c.problem.w_extent;
  const Axes& extent = c.data_extent;
  const std::int64_t length = tile.views[2]->count;
  if (length > kDepthBlock || lines.width != k[2] || tile.column_begin % k[2] != 0) return false;
  const Run& front = s.runs.front();
  const Run& back = s.runs.back();
  const std::int64_t images = back.batch - front.batch + 1;
  const bool whole_image = images > 1;
  const bool whole_plane = whole_image || back.position[0] != front.position[0];
  const Rows d(c, 0, whole_image ? 0 : front.position[0],
               whole_image ? tile.views[0]->count - 1 : back.position[0]);
  const Rows h(c, 1, whole_plane ? 0 : front.position[1],
               whole_plane ? tile.views[1]->count - 1 : back.position[1]);
  const std::int64_t rows = images * d.count * h.count;
  if (rows >= k[0] * k[1] * static_cast<std::int64_t>(s.runs.size())) return false;
  const std::array whole{Run{0, {0, 0, 0}, length, 0}};
  const std::int64_t pitch = split_stretches(c, lines.width, whole, s.row_offsets.data(), s);
  const std::int64_t first_channel = tile.column_begin / c.taps;
  const std::int64_t channels = (tile.column_end - 1) / c.taps + 1 - first_channel;
  if (channels * rows * pitch + kMaxLanes > s.data_count()) return false;

  d.find(c, *tile.views[0], s.elements[0]);
  h.find(c, *tile.views[1], s.elements[1]);
  double* to = s.data.get();
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t n = 0; n < images; ++n) {
      const std::int64_t plane =
          channel_offset(c, front.batch + n, tile.group, first_channel + channel);
      for (const std::int64_t at_d : s.elements[0])
        for (const std::int64_t at_h : s.elements[1]) {
          if (at_d < 0 || at_h < 0) {
            std::fill_n(to, pitch, 0.0);
          } else {
            const std::int64_t line = plane + (at_d * extent[1] + at_h) * extent[2];
            for (const TileScratch::Stretch& stretch : s.stretches)
              pack_stretch(c, x, line, stretch, 0, stretch.hops + k[2], to + stretch.to);
          }
          to += pitch;
        }
    }
  for_each_line(c, tile, [&](std::int64_t line, std::int64_t column, std::int64_t /*width*/) {
    const std::int64_t past_d = tap_order(c, 0, column / k[2] / k[1] % k[0]) * d.dilation;
    const std::int64_t past_h = tap_order(c, 1, column / k[2] % k[1]) * h.dilation;
    s.lines[static_cast<std::size_t>(line)] =
        ((column / c.taps - first_channel) * rows + past_d * h.count + past_h) * pitch;
  });
  for (const Run& run : s.runs) {
    const std::int64_t plane =
        (run.batch - front.batch) * d.count + (run.position[0] - d.first) * d.stride;
    const std::int64_t row = (plane * h.count + (run.position[1] - h.first) * h.stride) * pitch;
    const std::int64_t* past = s.row_offsets.data() + run.position[2];
    for (std::int64_t i = 0; i < run.length; ++i)
      s.offsets[static_cast<std::size_t>(run.first + i)] = row + past[i];
  }
  return true;
}

// Vectors of data that slide along lines with depth.
template <int kVectors, class Tag>
struct Sliding {
  HWY_INLINE hn::Vec<Tag> load(std::int64_t k, int v) const {
    return hn::LoadU(Tag(), line[v] + offsets[k]);
  }
  const double* line[kVectors];
  const std::int64_t* offsets;
};

// Calls body(data, vectors of it, rows, their elements, the step from one depth of these to the
// next, first row, first slot) for all that kernels of at most so many rows and vectors do.
template <int kMostRows, int kMost, class Tag, class Body>
void for_each_sliding(const Tile& tile, const Lines& lines, std::int64_t depth,
                      const TileScratch& s, Body&& body) {
  const std::int64_t vectors = lines.count * lines.vectors;
  for (std::int64_t v = 0; v < vectors; v += kMost) {
    Sliding<kMost, Tag> data{{}, s.offsets.data()};
    const auto now = static_cast<int>(std::min<std::int64_t>(kMost, vectors - v));
    for (int i = 0; i < now; ++i)
      data.line[i] = s.data.get() + s.lines[static_cast<std::size_t>((v + i) / lines.vectors)] +
                     (v + i) % lines.vectors * lines.lanes;
    const double* fixed = s.fixed.get();
    for (std::int64_t row = 0; row < tile.rows();) {
      const int rows = panel_rows(tile.rows() - row);
      for (int r = 0; r < rows; r += std::min(kMostRows, rows))
        body(data, now, std::min(kMostRows, rows), fixed + r, rows, row + r, v * lines.lanes);
      fixed += rows * depth;
      row += rows;
    }
  }
}

// Moves every row's sums from their slots to their columns.
void compact(const Contraction& c, const Tile& tile, const Lines& lines, std::int64_t stride,
             double* sums) {
  for (std::int64_t r = 0; r < tile.rows(); ++r)
    for_each_line(c, tile, [&](std::int64_t line, std::int64_t column, std::int64_t width) {
      double* row = sums + r * stride;
      std::copy_n(row + line * lines.vectors * lines.lanes, width,
                  row + (column - tile.column_begin));
    });
}

// Rows of a kernel, so that both sums of 3 vectors fit the registers.
#if HWY_ARCH_X86 && HWY_TARGET >= HWY_AVX2
constexpr int kSlideRows = 2;
#else
constexpr int kSlideRows = 4;
#endif
constexpr int kSlideVectors = 3;
static_assert(kPanelRows % kSlideRows == 0);

// value[r, :] += sum over k of fixed[k, r] * data[k, :], sum_abs that of the magnitudes. Both at
// once: with one row there is little else to do while an addition is under way.
template <int kRows, int kVectors, class Tag, class Data>
void multiply_both(std::int64_t depth, const double* HWY_RESTRICT fixed, std::int64_t fixed_stride,
                   const Data& from, double* HWY_RESTRICT value, double* HWY_RESTRICT sum_abs,
                   std::int64_t stride) {
  const Tag d;
  const Data data = from;
  hn::Vec<Tag> sum[kRows][kVectors];
  hn::Vec<Tag> magnitude[kRows][kVectors];
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) sum[r][v] = magnitude[r][v] = hn::Zero(d);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const auto b = data.load(k, v);
      CONVCHECK_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const auto a = hn::Set(d, fixed[k * fixed_stride + r]);
        add_product(a, b, sum[r][v], magnitude[r][v]);
      }
    }
  }
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t at = r * stride + v * static_cast<std::int64_t>(hn::MaxLanes(d));
      hn::Store(hn::Add(hn::Load(d, value + at), sum[r][v]), d, value + at);
      hn::Store(hn::Add(hn::Load(d, sum_abs + at), magnitude[r][v]), d, sum_abs + at);
    }
  }
}

// The same for numbers of rows (a power of two) and vectors that are known only now.
template <class Tag, class Data>
void multiply_both_part(int rows, int vectors, std::int64_t depth, const double* fixed,
                        std::int64_t fixed_stride, const Data& data, double* value, double* sum_abs,
                        std::int64_t stride) {
  with_constant<kSlideVectors>(vectors, [&](auto v) HWY_ATTR {
    if (rows >= kSlideRows)
      multiply_both<kSlideRows, v(), Tag>(depth, fixed, fixed_stride, data, value, sum_abs, stride);
    else if (rows == 2)
      multiply_both<2, v(), Tag>(depth, fixed, fixed_stride, data, value, sum_abs, stride);
    else
      multiply_both<1, v(), Tag>(depth, fixed, fixed_stride, data, value, sum_abs, stride);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#endif  // CONVCHECK_REFERENCE_SLIDE_INL
