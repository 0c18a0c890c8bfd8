// SPDX-License-Identifier: Apache-2.0
// Weight gradients in vectors of positions (PlaneLayout); compiled once for every Highway target.
#include <algorithm>
#include <array>

#include "reference/plane.hpp"
#include "reference/tile.hpp"

#if defined(CONVCHECK_REFERENCE_PLANE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_REFERENCE_PLANE_INL
#undef CONVCHECK_REFERENCE_PLANE_INL
#else
#define CONVCHECK_REFERENCE_PLANE_INL
#endif

#include "reference/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

static_assert(PlaneLayout::kLanes == kMaxLanes);

// A part of one image: positions [begin, end) of the axis that is cut.
struct ImagePart {
  std::int64_t batch, begin, end;
};

// Positions of y, row by row; what lies between rows is zero since the memory was made.
void pack_positions(const Contraction& c, const Source& y, const Tile& tile, std::int64_t row,
                    const ImagePart& part, double* to) {
  const PlaneLayout& plan = c.plane;
  const Axes& o = c.problem.y_extent;
  const std::int64_t from =
      ((part.batch * c.groups + tile.group) * c.rows + row) * o[0] * o[1] * o[2];
  Axes begin{};
  Axes end = o;
  begin[plan.axis] = part.begin;
  end[plan.axis] = part.end;
  for (std::int64_t d = begin[0]; d < end[0]; ++d)
    for (std::int64_t h = begin[1]; h < end[1]; ++h)
      widen(y, from + (d * o[1] + h) * o[2], 1, o[2],
            to + ((d - begin[0]) * plan.extent[1] + (h - begin[1])) * plan.extent[2], 1);
  // A part shorter than the one before leaves positions behind it.
  std::fill_n(to + plan.length(o, part.end - part.begin), kMaxLanes, 0.0);
}

// Which rows of x the part's positions read; the same for every channel and image.
void find_rows(const Contraction& c, const Tile& tile, const ImagePart& part, TileScratch& s) {
  if (s.plane_rows_begin == part.begin) return;
  s.plane_rows_begin = part.begin;
  for (std::size_t a = 0; a < s.plane_rows.size(); ++a) {
    const bool cut = a == c.plane.axis;
    const Rows rows(c, a, cut ? part.begin : 0, (cut ? part.end : c.problem.y_extent[a]) - 1);
    rows.find(c, *tile.views[a], s.plane_rows[a]);
  }
}

// These rows, split by residues.
void pack_plane(const Contraction& c, const Source& x, const Tile& tile, std::int64_t channel,
                const ImagePart& part, TileScratch& s) {
  const PlaneLayout& plan = c.plane;
  const Axes& stride = c.problem.stride;
  const Axes& extent = c.data_extent;
  const std::int64_t from = channel_offset(c, part.batch, tile.group, channel);
  const auto rows = [&](std::size_t axis, std::int64_t residue) {
    const auto count = static_cast<std::int64_t>(s.plane_rows[axis].size());
    return count > residue ? (count - 1 - residue) / stride[axis] + 1 : 0;
  };
  double* plane = s.plane.get();
  for (std::int64_t d = 0; d < plan.residues[0]; ++d)
    for (std::int64_t h = 0; h < plan.residues[1]; ++h, plane += plan.residues[2] * plan.plane())
      for (std::int64_t row_d = 0; row_d < rows(0, d); ++row_d)
        for (std::int64_t row_h = 0; row_h < rows(1, h); ++row_h) {
          const std::int64_t at_d =
              s.plane_rows[0][static_cast<std::size_t>(row_d * stride[0] + d)];
          const std::int64_t at_h =
              s.plane_rows[1][static_cast<std::size_t>(row_h * stride[1] + h)];
          if (at_d == Rows::kUnread || at_h == Rows::kUnread) continue;
          double* to = plane + (row_d * plan.extent[1] + row_h) * plan.extent[2];
          for (std::int64_t w = 0; w < plan.residues[2]; ++w, to += plan.plane()) {
            if (at_d < 0 || at_h < 0)
              std::fill_n(to, plan.extent[2], 0.0);
            else
              pack_line(x, from + (at_d * extent[1] + at_h) * extent[2], c.padded_line, w,
                        stride[2], plan.extent[2], to);
          }
        }
}

// The sum of a vector's lanes: of those half of them apart, then a quarter, ...
template <std::int64_t kCount, class Tag>
HWY_INLINE double sum_of_halves(Tag d, hn::Vec<Tag> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (kCount > 2) {
    const hn::Half<Tag> half;
    return sum_of_halves<kCount / 2>(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    static_cast<void>(d);
    return hn::GetLane(hn::Add(v, hn::Shuffle01(v)));
  }
#else
  static_cast<void>(d);
  return hn::GetLane(v);
#endif
}

// The sum of eight lanes: of those four apart, then two, then one, on every target.
template <int kVectors>
HWY_INLINE double sum_of_lanes(V (&v)[kVectors]) {
  CONVCHECK_UNROLL
  for (int n = kVectors / 2; n > 0; n /= 2) {
    CONVCHECK_UNROLL
    for (int i = 0; i < n; ++i) v[i] = hn::Add(v[i], v[i + n]);
  }
  return sum_of_halves<kLanes>(kD, v[0]);
}

// value[t] += sum over p < length of y[p] * x[begin[t] + p], sum_abs[t] that of the magnitudes.
template <int kTaps>
void multiply_positions(const double* HWY_RESTRICT y, const double* x, const std::int64_t* begin,
                        std::int64_t length, double* value, double* sum_abs) {
  constexpr int kVectors = static_cast<int>(kMaxLanes / kLanes);
  for (std::int64_t block = 0; block < length; block += PlaneLayout::kBlock) {
    const std::int64_t end = std::min(length, block + PlaneLayout::kBlock);
    V sum[kTaps][kVectors];
    V magnitude[kTaps][kVectors];
    CONVCHECK_UNROLL
    for (int t = 0; t < kTaps; ++t) {
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[t][v] = magnitude[t][v] = hn::Zero(kD);
    }
    for (std::int64_t p = block; p < end; p += kMaxLanes) {
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const V a = hn::Load(kD, y + p + v * kLanes);
        CONVCHECK_UNROLL
        for (int t = 0; t < kTaps; ++t) {
          const V b = hn::LoadU(kD, x + begin[t] + p + v * kLanes);
          add_product(a, b, sum[t][v], magnitude[t][v]);
        }
      }
    }
    CONVCHECK_UNROLL
    for (int t = 0; t < kTaps; ++t) {
      value[t] += sum_of_lanes(sum[t]);
      sum_abs[t] += sum_of_lanes(magnitude[t]);
    }
  }
}

// Taps whose sums, two of eight lanes each, fit the registers.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr std::int64_t kMostTapsAtOnce = 9;
#elif HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
constexpr std::int64_t kMostTapsAtOnce = 1;
#else
constexpr std::int64_t kMostTapsAtOnce = 3;
#endif

void multiply_taps(const double* y, const double* x, const std::int64_t* begin, std::int64_t taps,
                   std::int64_t length, double* value, double* sum_abs) {
  for (std::int64_t t = 0; t < taps;) {
    const auto some = [&](auto count) HWY_ATTR {
      multiply_positions<count()>(y, x, begin + t, length, value + t, sum_abs + t);
      t += count();
    };
    if (kMostTapsAtOnce >= 9 && taps - t >= 9)
      some(std::integral_constant<int, 9>());
    else if (kMostTapsAtOnce >= 3 && taps - t >= 3)
      some(std::integral_constant<int, 3>());
    else
      some(std::integral_constant<int, 1>());
  }
}

void accumulate_planes(const Contraction& c, const TileOperands& operands, const Tile& tile,
                       TileScratch& s) {
  const PlaneLayout& plan = c.plane;
  const std::int64_t positions = c.problem.y_extent[plan.axis];
  const std::int64_t y_count = plan.y_count();
  for (std::int64_t n = 0; n < c.batch; ++n)
    for (std::int64_t begin = 0; begin < positions; begin += plan.part) {
      const ImagePart part{n, begin, std::min(positions, begin + plan.part)};
      const std::int64_t length = plan.length(c.problem.y_extent, part.end - part.begin);
      find_rows(c, tile, part, s);
      for (std::int64_t r = 0; r < tile.rows(); ++r)
        pack_positions(c, operands.fixed, tile, tile.row_begin + r, part,
                       s.positions.get() + r * y_count);
      for (std::int64_t column = tile.column_begin; column < tile.column_end;) {
        const std::int64_t tap = column % c.taps;
        const std::int64_t taps = std::min(c.taps - tap, tile.column_end - column);
        pack_plane(c, operands.data, tile, column / c.taps, part, s);
        for (std::int64_t r = 0; r < tile.rows(); ++r) {
          const std::int64_t at = r * s.plain.stride + column - tile.column_begin;
          multiply_taps(s.positions.get() + r * y_count, s.plane.get(), plan.begin.data() + tap,
                        taps, length, s.plain.value.get() + at, s.plain.sum_abs.get() + at);
        }
        column += taps;
      }
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#endif  // CONVCHECK_REFERENCE_PLANE_INL
