// SPDX-License-Identifier: Apache-2.0
#include "reference/tile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reference/tile.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "reference/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

using V = hn::Vec<D>;

// sums[r, :] += sum over k of fixed[k, r] * data[k, :] (magnitudes of data if kAbs); rows of data
// are data_stride apart, rows of sums sum_stride.
template <int kRows, int kVectors, bool kAbs>
void multiply(std::int64_t depth, const double* HWY_RESTRICT fixed, const double* HWY_RESTRICT data,
              std::int64_t data_stride, double* HWY_RESTRICT sums, std::int64_t sum_stride) {
  V acc[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::Zero(kD);
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
    data += data_stride;
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) {
      double* sum = sums + r * sum_stride + v * kLanes;
      hn::Store(hn::Add(hn::Load(kD, sum), acc[r][v]), kD, sum);
    }
}

template <int kRows, bool kAbs>
void multiply_vectors(std::int64_t vectors, std::int64_t depth, const double* fixed,
                      const double* data, std::int64_t data_stride, double* sums,
                      std::int64_t sum_stride) {
  switch (vectors) {
    case 1:
      return multiply<kRows, 1, kAbs>(depth, fixed, data, data_stride, sums, sum_stride);
    case 2:
      return multiply<kRows, 2, kAbs>(depth, fixed, data, data_stride, sums, sum_stride);
    default:
      return multiply<kRows, kPanelVectors, kAbs>(depth, fixed, data, data_stride, sums,
                                                  sum_stride);
  }
}

template <bool kAbs>
void multiply_block(const Tile& tile, std::int64_t depth, TileScratch& s) {
  const std::int64_t panel = panel_columns(tile, s);
  for (std::int64_t column = 0; column < s.column_stride; column += kPanelColumns) {
    const std::int64_t vectors = std::min(kPanelColumns, s.column_stride - column) / kLanes;
    const std::int64_t start = column / panel * panel;
    const std::int64_t width = std::min(panel, s.column_stride - start);
    const double* data = s.data.get() + start * depth + (column - start);
    const double* fixed = s.fixed.get();
    for (std::int64_t row = 0; row < tile.rows();) {
      const int rows = panel_rows(tile.rows() - row);
      double* sums = (kAbs ? s.sum_abs : s.value).get() + row * s.column_stride + column;
      const auto apply = [&](auto multiply_rows) {
        multiply_rows(vectors, depth, fixed, data, width, sums, s.column_stride);
      };
      if (rows == kPanelRows)
        apply(multiply_vectors<kPanelRows, kAbs>);
      else if (rows == 4)
        apply(multiply_vectors<4, kAbs>);
      else if (rows == 2)
        apply(multiply_vectors<2, kAbs>);
      else
        apply(multiply_vectors<1, kAbs>);
      fixed += rows * depth;
      row += rows;
    }
  }
}

void start_with_bias(const Contraction& c, const Source& bias, const Tile& tile, TileScratch& s) {
  for (std::int64_t r = 0; r < tile.rows(); ++r) {
    const double b =
        bias.data == nullptr ? 0.0 : bias[tile.group * c.rows + tile.row_begin + r] + 0.0;
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
  if (!c.wgrad)
    split_runs(tile.views, tile.column_begin, tile.column_end, panel_columns(tile, s), s.runs);
  for (std::int64_t k = 0; k < depth; k += kDepthBlock) {
    const DepthBlock block{k, std::min(depth, k + kDepthBlock)};
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

int lowest_bit(const Source& source, std::int64_t begin, std::int64_t end) {
  const hn::RebindToSigned<D> di;
  constexpr std::int64_t kFraction = (std::int64_t{1} << 52) - 1;
  constexpr std::int64_t kChunk = 512;
  HWY_ALIGN double values[kChunk];
  // |v| without its last set bit, subtracted from |v|, is that bit as a number: exact, as a NaN or
  // an infinity where v is one. A power of two is its own last bit.
  auto least = hn::Set(kD, std::numeric_limits<double>::infinity());
  for (std::int64_t i = begin; i < end; i += kChunk) {
    const std::int64_t count = std::min(kChunk, end - i);
    widen(source, i, 1, count, values, 1);
    for (std::int64_t j = count; j % kLanes != 0; ++j) values[j] = 0;
    for (std::int64_t j = 0; j < count; j += kLanes) {
      const V v = hn::Abs(hn::Load(kD, values + j));
      const auto bits = hn::BitCast(di, v);
      const auto rest = hn::And(bits, hn::Sub(bits, hn::Set(di, 1)));
      const auto power = hn::Eq(hn::And(bits, hn::Set(di, kFraction)), hn::Zero(di));
      const V last = hn::Sub(v, hn::BitCast(kD, hn::IfThenZeroElse(power, rest)));
      least = hn::IfThenElse(hn::And(hn::Gt(v, hn::Zero(kD)), hn::Lt(last, least)), last, least);
    }
  }
  HWY_ALIGN double lanes[kLanes];
  hn::Store(least, kD, lanes);
  const double bit = *std::min_element(lanes, lanes + kLanes);
  return std::isinf(bit) ? kNoLowestBit : std::ilogb(bit);
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

int lowest_bit_exponent(const Source& source, std::int64_t begin, std::int64_t end) {
  return HWY_DYNAMIC_DISPATCH(lowest_bit)(source, begin, end);
}

TileScratch::TileScratch()
    : fixed(hwy::AllocateAligned<double>(kMaxTileRows * kDepthBlock)),
      data(hwy::AllocateAligned<double>(kMaxTileColumns * kDepthBlock)),
      value(hwy::AllocateAligned<double>(kMaxTileRows * kMaxTileColumns)),
      sum_abs(hwy::AllocateAligned<double>(kMaxTileRows * kMaxTileColumns)) {
  // Lanes past the last column are computed and never read.
  std::fill_n(data.get(), kMaxTileColumns * kDepthBlock, 0.0);
  runs.reserve(kMaxTileColumns);
  copies.reserve(kMaxTileColumns);
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
