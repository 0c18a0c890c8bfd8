// SPDX-License-Identifier: Apache-2.0
#include "reference/tile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reference/tile.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "reference/bins-inl.hpp"
#include "reference/pack-inl.hpp"
#include "reference/panel-inl.hpp"
#include "reference/plane-inl.hpp"
#include "reference/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

double bias_of(const Contraction& c, const Source& bias, const Tile& tile, std::int64_t row) {
  if (bias.data == nullptr) return 0;
  return bias[tile.group * c.rows + tile.row_begin + row] * bias.scale + 0.0;
}

void start_with_bias(const Contraction& c, const TileOperands& operands, const Tile& tile,
                     TileSums& sums, bool low) {
  for (std::int64_t r = 0; r < tile.rows(); ++r) {
    const double b = bias_of(c, operands.bias, tile, r);
    std::fill_n(sums.value.get() + r * sums.stride, sums.stride, b);
    std::fill_n(sums.sum_abs.get() + r * sums.stride, sums.stride,
                operands.bias_in_sum_abs ? std::fabs(b) : 0);
    if (low) std::fill_n(sums.low.get() + r * sums.stride, sums.stride, 0.0);
  }
}

// Packs the tile block by block of depth and calls body(depth of the block) for each.
template <class Body>
void for_each_block(const Contraction& c, const TileOperands& operands, const Tile& tile,
                    TileScratch& s, Body&& body) {
  const std::int64_t depth = depth_of(c, tile);
  if (!c.wgrad)
    split_runs(tile.views, tile.column_begin, tile.column_end, panel_columns(tile, s), s.runs);
  for (std::int64_t k = 0; k < depth; k += kDepthBlock) {
    const DepthBlock block{k, std::min(depth, k + kDepthBlock)};
    if (c.wgrad) {
      split_runs(tile.views, block.begin, block.end, block.end - block.begin, s.runs);
      pack_gradient(c, operands.fixed, tile, block, s.fixed.get());
      pack_patches(c, operands.data, tile, block, s);
    } else {
      pack_weights(c, operands.fixed, tile, block, s.fixed.get());
      pack_data(c, operands.data, tile, block, s);
    }
    body(block.end - block.begin);
  }
}

// The same along lines (wgrad).
template <class Body>
void for_each_sliding_block(const Contraction& c, const TileOperands& operands, const Tile& tile,
                            const Lines& lines, TileScratch& s, Body&& body) {
  const std::int64_t depth = depth_of(c, tile);
  for (std::int64_t k = 0; k < depth; k += kDepthBlock) {
    const DepthBlock block{k, std::min(depth, k + kDepthBlock)};
    split_runs(tile.views, block.begin, block.end, block.end - block.begin, s.runs);
    pack_gradient(c, operands.fixed, tile, block, s.fixed.get());
    if (!pack_rows(c, operands.data, tile, lines, s))
      pack_each_line(c, operands.data, tile, lines, s);
    body(block.end - block.begin);
  }
}

template <class Tag>
void slide(const Contraction& c, const TileOperands& operands, const Tile& tile, TileScratch& s) {
  const Lines lines(c, tile, static_cast<std::int64_t>(hn::MaxLanes(Tag())));
  TileSums& sums = s.plain;
  sums.stride = lines.slots();
  start_with_bias(c, operands, tile, sums, false);
  for_each_sliding_block(c, operands, tile, lines, s, [&](std::int64_t depth) {
    for_each_sliding<kSlideRows, kSlideVectors, Tag>(
        tile, lines, depth, s,
        [&](const auto& data, int vectors, int rows, const double* fixed, std::int64_t fixed_stride,
            std::int64_t row, std::int64_t slot) {
          const std::int64_t at = row * sums.stride + slot;
          multiply_both_part<Tag>(rows, vectors, depth, fixed, fixed_stride, data,
                                  sums.value.get() + at, sums.sum_abs.get() + at, sums.stride);
        });
  });
  compact(c, tile, lines, sums.stride, sums.value.get());
  compact(c, tile, lines, sums.stride, sums.sum_abs.get());
}

template <bool kNarrow>
void slide_in_bins(const Contraction& c, const TileOperands& operands, const Tile& tile,
                   double sigma_factor, TileScratch& s) {
  const Lines lines(c, tile, kLanes);
  TileSums& sums = s.bins;
  sums.stride = lines.slots();
  start_with_bias(c, operands, tile, sums, true);
  for_each_sliding_block(c, operands, tile, lines, s, [&](std::int64_t depth) {
    for_each_sliding<kBinRows, kBinVectors, D>(
        tile, lines, depth, s,
        [&](const auto& data, int vectors, int rows, const double* fixed, std::int64_t fixed_stride,
            std::int64_t row, std::int64_t slot) {
          multiply_bins_part<kNarrow>(rows, vectors, depth, fixed, fixed_stride, data, sigma_factor,
                                      sums_at(sums, row * sums.stride + slot));
        });
  });
  for (double* values : {sums.value.get(), sums.low.get(), sums.sum_abs.get()})
    compact(c, tile, lines, sums.stride, values);
}

std::int64_t padded_columns(const Tile& tile) {
  return (tile.columns() + kLanes - 1) / kLanes * kLanes;
}

}  // namespace

void accumulate(const Contraction& c, const TileOperands& operands, const Tile& tile,
                bool magnitudes, TileScratch& s) {
  if (goes_by_positions(c, operands)) {
    s.plain.stride = padded_columns(tile);
    start_with_bias(c, operands, tile, s.plain, false);
    return accumulate_planes(c, operands, tile, s);
  }
  if (slides(c)) {
    const bool narrow = std::min(tile.columns(), c.problem.w_extent[2]) <=
                        static_cast<std::int64_t>(hn::MaxLanes(Narrow()));
    return narrow ? slide<Narrow>(c, operands, tile, s) : slide<D>(c, operands, tile, s);
  }
  s.plain.stride = s.column_stride = padded_columns(tile);
  start_with_bias(c, operands, tile, s.plain, false);
  for_each_block(c, operands, tile, s, [&](std::int64_t depth) {
    if (kBothSumsAtOnce && magnitudes) {
      for_each_panel(tile, depth, s,
                     [&](const Panel& panel) { multiply_panel_both(panel, depth, s.plain); });
      return;
    }
    const auto multiply_all = [&](double* to) {
      for_each_panel(tile, depth, s,
                     [&](const Panel& panel) { multiply_panel(panel, depth, to, s.plain.stride); });
    };
    multiply_all(s.plain.value.get());
    if (!magnitudes) return;
    // Signs are taken off the panels and not in the loop, where the mask has no register left on
    // AVX2: the second pass took 2.4 times the first.
    take_magnitudes(s.fixed.get(), tile.rows() * depth);
    take_magnitudes(s.data.get(), s.column_stride * depth);
    multiply_all(s.plain.sum_abs.get());
  });
}

void accumulate_in_bins(const Contraction& c, const TileOperands& operands, const Tile& tile,
                        double sigma_factor, TileScratch& s) {
  const bool narrow = operands.narrow();
  if (slides(c))
    return narrow ? slide_in_bins<true>(c, operands, tile, sigma_factor, s)
                  : slide_in_bins<false>(c, operands, tile, sigma_factor, s);
  s.bins.stride = s.column_stride = padded_columns(tile);
  start_with_bias(c, operands, tile, s.bins, true);
  for_each_block(c, operands, tile, s, [&](std::int64_t depth) {
    for_each_panel(tile, depth, s, [&](const Panel& panel) {
      if (narrow)
        multiply_bins_panel<true>(panel, depth, sigma_factor, s.bins);
      else
        multiply_bins_panel<false>(panel, depth, sigma_factor, s.bins);
    });
  });
}

void accumulate_in_integers(const Contraction& c, const TileOperands& operands, const Tile& tile,
                            TileScratch& s) {
  s.column_stride = padded_columns(tile);
  const std::int64_t columns = tile.columns();
  const std::span sums(s.sums.data(), static_cast<std::size_t>(tile.rows() * columns));
  for (std::int64_t i = 0; i < tile.rows() * columns; ++i) {
    LongSum& sum = sums[static_cast<std::size_t>(i)];
    sum.clear();
    sum.add(bias_of(c, operands.bias, tile, i / columns));
  }
  // A narrow product is one number to add, another two.
  const bool narrow = operands.narrow();
  static_assert(3 * 2 * kDepthBlock < LongSum::kTermsBetweenCarries);
  std::int64_t blocks = 0;
  for_each_block(c, operands, tile, s, [&](std::int64_t depth) {
    for_each_panel(tile, depth, s, [&](const Panel& panel) {
      if (narrow)
        multiply_integers<true>(panel, depth, columns, s.sums.data());
      else
        multiply_integers<false>(panel, depth, columns, s.sums.data());
    });
    if (++blocks % 3 == 0)
      for (LongSum& sum : sums) sum.carry();
  });
}

void read(const Source& source, std::int64_t first, std::int64_t step, std::int64_t count,
          double* to) {
  widen(source, first, step, count, to, 1);
}

// The bits of |v|, which order as |v| does, and of the last bit set in it as a number: |v| without
// that bit, subtracted from |v|, exactly. A power of two is its own last bit.
template <class DI, class DF, class VF>
HWY_INLINE hn::Vec<DI> last_bit(DI di, DF df, VF magnitude, hn::TFromD<DI> fraction_mask) {
  const auto bits = hn::BitCast(di, magnitude);
  const auto rest = hn::And(bits, hn::Sub(bits, hn::Set(di, 1)));
  const auto power = hn::Eq(hn::And(bits, hn::Set(di, fraction_mask)), hn::Zero(di));
  const auto kept = hn::BitCast(df, hn::IfThenZeroElse(power, rest));
  return hn::BitCast(di, hn::Sub(magnitude, kept));
}

// Of the elements of `values`, zeros and non-finite ones left out.
template <class T, class Load>
void survey_values(std::int64_t count, T fraction_mask, T infinity, Load&& load, Survey& survey) {
  using F = std::conditional_t<sizeof(T) == 4, float, double>;
  const hn::ScalableTag<F> df;
  const hn::ScalableTag<T> di;
  constexpr auto kCount = static_cast<std::int64_t>(HWY_LANES(T));
  auto least = hn::Set(di, infinity);
  auto most = hn::Zero(di);
  auto all = hn::Zero(di);
  for (std::int64_t i = 0; i < count; i += kCount) {
    const auto magnitude = hn::Abs(load(df, i));
    const auto bits = hn::BitCast(di, magnitude);
    all = hn::Or(
        all, hn::IfThenElseZero(hn::Gt(bits, hn::Set(di, infinity - 1)), hn::Set(di, infinity)));
    const auto finite = hn::Lt(bits, hn::Set(di, infinity));
    most = hn::IfThenElse(hn::And(finite, hn::Gt(bits, most)), bits, most);
    const auto bit = last_bit(di, df, magnitude, fraction_mask);
    const auto counts = hn::And(hn::And(finite, hn::Gt(bits, hn::Zero(di))), hn::Lt(bit, least));
    least = hn::IfThenElse(counts, bit, least);
  }
  HWY_ALIGN T lanes[3 * kCount];
  hn::Store(least, di, lanes);
  hn::Store(most, di, lanes + kCount);
  hn::Store(all, di, lanes + 2 * kCount);
  for (std::int64_t i = 0; i < kCount; ++i) {
    if (lanes[i] < infinity)
      survey.lowest = std::min(survey.lowest, std::ilogb(std::bit_cast<F>(lanes[i])));
    if (lanes[kCount + i] > 0)
      survey.highest = std::max(survey.highest, std::ilogb(std::bit_cast<F>(lanes[kCount + i])));
    if (lanes[2 * kCount + i] != 0) survey.finite = false;
  }
}

// The same of f32 that are all finite, with half the instructions; false, and nothing, of others.
bool survey_finite(std::int64_t count, const float* values, Survey& survey) {
  const hn::ScalableTag<float> df;
  const hn::ScalableTag<std::int32_t> di;
  const hn::ScalableTag<std::uint32_t> du;
  constexpr auto kCount = static_cast<std::int64_t>(HWY_LANES(float));
  constexpr std::int32_t kFraction = 0x7fffff;
  constexpr std::int32_t kInfinity = 0x7f800000;
  auto least = hn::Set(du, ~0U);  // Less 1, so that a zero, which has no bit, is the greatest.
  auto most = hn::Zero(di);
  for (std::int64_t i = 0; i < count; i += kCount) {
    const auto magnitude = hn::Abs(hn::LoadU(df, values + i));
    most = hn::Max(most, hn::BitCast(di, magnitude));
    const auto bit = hn::BitCast(du, last_bit(di, df, magnitude, kFraction));
    least = hn::Min(least, hn::Sub(bit, hn::Set(du, 1)));
  }
  HWY_ALIGN std::int32_t highest[kCount];
  HWY_ALIGN std::uint32_t lowest[kCount];
  hn::Store(most, di, highest);
  hn::Store(least, du, lowest);
  const std::int32_t high = *std::max_element(highest, highest + kCount);
  const std::uint32_t low = *std::min_element(lowest, lowest + kCount);
  if (high >= kInfinity) return false;
  if (low != ~0U)
    survey.lowest = std::min(survey.lowest, std::ilogb(std::bit_cast<float>(low + 1)));
  if (high > 0) survey.highest = std::max(survey.highest, std::ilogb(std::bit_cast<float>(high)));
  return true;
}

Survey survey_source(const Source& source, std::int64_t begin, std::int64_t end) {
  Survey survey;
  if (source.type == ElementType::kF32) {
    const float* values = reinterpret_cast<const float*>(source.data) + begin;
    const std::int64_t whole = (end - begin) / static_cast<std::int64_t>(HWY_LANES(float)) *
                               static_cast<std::int64_t>(HWY_LANES(float));
    if (!survey_finite(whole, values, survey)) {
      survey_values<std::int32_t>(
          whole, 0x7fffff, 0x7f800000,
          [&](auto df, std::int64_t i) HWY_ATTR { return hn::LoadU(df, values + i); }, survey);
    }
    begin += whole;
  }
  constexpr std::int64_t kChunk = 512;
  HWY_ALIGN double values[kChunk];
  for (std::int64_t i = begin; i < end; i += kChunk) {
    const std::int64_t count = std::min(kChunk, end - i);
    widen(source, i, 1, count, values, 1);
    for (std::int64_t j = count; j % kLanes != 0; ++j) values[j] = 0;
    survey_values<std::int64_t>(
        count, 0xfffffffffffff, 0x7ff0000000000000,
        [&](auto df, std::int64_t j) HWY_ATTR { return hn::Load(df, values + j); }, survey);
  }
  return survey;
}

}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::reference {

HWY_EXPORT(accumulate);
HWY_EXPORT(accumulate_in_bins);
HWY_EXPORT(accumulate_in_integers);
HWY_EXPORT(read);
HWY_EXPORT(survey_source);

void accumulate_tile(const Contraction& c, const TileOperands& operands, const Tile& tile,
                     bool magnitudes, TileScratch& s) {
  HWY_DYNAMIC_DISPATCH(accumulate)(c, operands, tile, magnitudes, s);
}

void accumulate_bins(const Contraction& c, const TileOperands& operands, const Tile& tile,
                     double sigma_factor, TileScratch& s) {
  HWY_DYNAMIC_DISPATCH(accumulate_in_bins)(c, operands, tile, sigma_factor, s);
}

void accumulate_integers(const Contraction& c, const TileOperands& operands, const Tile& tile,
                         TileScratch& s) {
  HWY_DYNAMIC_DISPATCH(accumulate_in_integers)(c, operands, tile, s);
}

Survey survey(const Source& source, std::int64_t begin, std::int64_t end) {
  return HWY_DYNAMIC_DISPATCH(survey_source)(source, begin, end);
}

void read_elements(const Source& source, std::int64_t first, std::int64_t step, std::int64_t count,
                   double* to) {
  HWY_DYNAMIC_DISPATCH(read)(source, first, step, count, to);
}

void TileSums::allocate(std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  value = hwy::AllocateAligned<double>(size);
  low = hwy::AllocateAligned<double>(size);
  sum_abs = hwy::AllocateAligned<double>(size);
}

std::int64_t slot_count(const Contraction& c, std::int64_t columns) {
  const auto whole = [](std::int64_t count) { return ceil_div(count, kMaxLanes) * kMaxLanes; };
  if (!slides(c)) return whole(columns);
  const std::int64_t taps = c.problem.w_extent[2];
  const std::int64_t lines = c.channels * c.taps / taps;
  return std::min(lines, (columns - 1) / taps + 2) * whole(std::min(taps, columns));
}

TileScratch::TileScratch(const TileLimits& limits)
    : limits_(limits),
      fixed(hwy::AllocateAligned<double>(static_cast<std::size_t>(limits.rows * limits.depth))),
      data(hwy::AllocateAligned<double>(data_size(limits))),
      sums(static_cast<std::size_t>(std::min(kMaxIntegerRows, limits.rows) *
                                    std::min(kMaxIntegerColumns, limits.slots))) {
  plain.allocate(limits.rows * limits.slots);
  bins.allocate(limits.rows * limits.slots);
  if (limits.plane > 0) {
    plane = hwy::AllocateAligned<double>(static_cast<std::size_t>(limits.plane));
    std::fill_n(plane.get(), limits.plane, 0.0);
    // What lies between rows of y stays zero.
    positions =
        hwy::AllocateAligned<double>(static_cast<std::size_t>(limits.rows * limits.positions));
    std::fill_n(positions.get(), limits.rows * limits.positions, 0.0);
  }
  // Lanes past the last column are computed and never read.
  std::fill_n(data.get(), data_size(limits), 0.0);
  const auto most = static_cast<std::size_t>(std::max(limits.slots, limits.depth));
  runs.reserve(most);
  copies.reserve(most);
  offsets.resize(static_cast<std::size_t>(limits.depth + kMaxLanes));
  row_offsets.resize(static_cast<std::size_t>(kDepthBlock + kMaxLanes));
  lines.resize(static_cast<std::size_t>(limits.slots));
  stretches.reserve(static_cast<std::size_t>(limits.depth));
}

// Kernels load whole vectors of lines of any length: past the last one as well.
std::size_t TileScratch::data_size(const TileLimits& limits) {
  return static_cast<std::size_t>(limits.slots * limits.depth + kMaxLanes);
}

std::size_t TileScratch::bytes() const {
  const auto rows = static_cast<std::size_t>(limits_.rows);
  const std::size_t doubles = rows * static_cast<std::size_t>(limits_.depth) + data_size(limits_) +
                              6 * rows * static_cast<std::size_t>(limits_.slots) +
                              static_cast<std::size_t>(limits_.plane) +
                              rows * static_cast<std::size_t>(limits_.positions);
  return doubles * sizeof(double) + sums.capacity() * sizeof(LongSum) +
         runs.capacity() * sizeof(Run) + copies.capacity() * sizeof(Copy) +
         (offsets.capacity() + row_offsets.capacity() + lines.capacity() +
          plane_rows[0].capacity() + plane_rows[1].capacity() + elements[0].capacity() +
          elements[1].capacity()) *
             sizeof(std::int64_t) +
         stretches.capacity() * sizeof(Stretch);
}

void split_runs(const std::array<const AxisView*, 3>& views, std::int64_t begin, std::int64_t end,
                std::int64_t cut, std::vector<Run>& runs) {
  runs.clear();
  const std::int64_t d = views[0]->count;
  const std::int64_t h = views[1]->count;
  const std::int64_t w = views[2]->count;
  Run run{begin / w / h / d, {begin / w / h % d, begin / w % h, begin % w}, 0, 0};
  for (std::int64_t left = cut; begin + run.first < end; run.first += run.length) {
    run.length = std::min({w - run.position[2], end - begin - run.first, left});
    runs.push_back(run);
    left = left == run.length ? cut : left - run.length;
    run.position[2] += run.length;
    // Carry as an odometer does: divisions cost more than a short run's copy.
    if (run.position[2] < w) continue;
    run.position[2] = 0;
    if (++run.position[1] < h) continue;
    run.position[1] = 0;
    if (++run.position[0] < d) continue;
    run.position[0] = 0;
    ++run.batch;
  }
}

}  // namespace convcheck::reference
#endif  // HWY_ONCE
