// SPDX-License-Identifier: Apache-2.0
#include "reference/solver.hpp"

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cmath>
#include <limits>

#include "core/geometry.hpp"

namespace convcheck::reference {
namespace {

std::int64_t volume(const Axes& a) { return a[0] * a[1] * a[2]; }

// 2^-53, the unit roundoff of f64.
constexpr double kUnit = 0x1p-53;

}  // namespace

Status check_floating_point() {
  // Volatile: the compiler must not compute these for the environment that it assumes.
  volatile double one = 1.0;
  volatile double half_ulp = 0x1p-53;
  volatile double subnormal = 0x1p-1074;
  volatile float small = 0x1p-149F;
  volatile float least_normal = 0x1p-126F;
  const double up = one + half_ulp;           // A tie: to even, 1.
  const double above = one + half_ulp * 1.5;  // Above the tie: 1 + 2^-52.
  const double negative = -one - half_ulp;    // The tie again, for upward modes.
  if (std::fegetround() != FE_TONEAREST || up != 1.0 || above != 1.0 + 0x1p-52 || negative != -1.0)
    return fail(ErrorCode::kBadInput,
                "the floating-point environment does not round to nearest even; the oracle's proof "
                "needs FE_TONEAREST");
  const double kept = subnormal * one;
  const double widened = static_cast<double>(small) * one;
  const float halved = least_normal * 0.5F;
  const auto narrowed = static_cast<float>(widened);
  if (!(kept > 0) || !(widened > 0) || !(halved > 0) || !(narrowed > 0))
    return fail(ErrorCode::kBadInput,
                "the floating-point environment flushes subnormal numbers to zero (FTZ or DAZ is "
                "set); the oracle's proof needs them");
  return {};
}

namespace {

// At most this many pieces and rows of one axis, before they are built.
double piece_bound(ConvProblem p, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const auto taps = static_cast<double>(p.w_extent[a]);
  const auto positions = static_cast<double>(p.y_extent[a]);
  const PaddingMode mode = p.padding_mode;
  if (mode == PaddingMode::kZeros || taps * positions <= kMaxPieces) return taps;
  // Folds of the padded axis, or (replicate) the positions that meet the two ends one by one.
  const double reach = positions * static_cast<double>(p.stride[a]) + 1;
  if (mode != PaddingMode::kReplicate) {
    const double folds = 2 + 2 * reach / static_cast<double>(p.x_extent[a]);
    return taps * std::min(positions, folds);
  }
  if (p.operation != Operation::kDeconv) return 3 * taps;
  p.padding_mode = PaddingMode::kZeros;
  return 3 * taps + taps * positions - static_cast<double>(valid_tap_pairs(p, axis));
}

bool has_terms(const ConvProblem& p) {
  return element_count(p.x_shape()) > 0 && element_count(p.y_shape()) > 0;
}

}  // namespace

Status check_supported(const ConvProblem& p) {
  for (const Role role : {Role::kX, Role::kW, Role::kY}) {
    if (p.type(role) != ElementType::kF32)
      return fail(ErrorCode::kUnsupported, "{} is {}; the oracle certifies f32 operands only",
                  to_string(role), to_string(p.type(role)));
  }
  if (!has_terms(p)) return {};
  for (int axis = 0; axis < kMaxRank; ++axis) {
    const double pieces = piece_bound(p, axis);
    if (pieces > static_cast<double>(kMaxPieces))
      return fail(ErrorCode::kUnsupported,
                  "padding and taps cut axis {} into up to {} pieces; the oracle holds 2^24 = {}",
                  kAxisLetters[static_cast<std::size_t>(axis)], pieces, kMaxPieces);
  }
  const std::int64_t products = lower(p).terms - (p.has_bias ? 1 : 0);
  if (products > kMaxProducts)
    return fail(ErrorCode::kUnsupported,
                "an output sums up to {} products; the oracle certifies at most 2^31 = {}",
                products, kMaxProducts);
  return {};
}

Solver::Solver(const ConvProblem& problem, int threads, const Faults& faults)
    : faults_(faults), pool_(threads) {
  // Without an element in every tensor there is no term, and extents are bounded by no memory.
  has_terms_ = has_terms(problem);
  contraction_.problem = problem;
  contraction_.terms = problem.has_bias ? 1 : 0;
  if (!has_terms_) return;
  contraction_ = lower(problem);
  plan_tiles(threads);
  const Contraction& c = contraction_;
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.columns.resize(kMaxTileColumns);
    for (std::size_t a = 0; a < 3; ++a) {
      std::size_t most = 0;
      for (const AxisView& view : c.views[a])
        most = std::max(most, c.wgrad ? static_cast<std::size_t>(view.count) : view.rows.size());
      worker.terms[a].reserve(most);
    }
  }
}

Solver::~Solver() = default;

std::size_t Solver::scratch_bytes() const {
  std::size_t bytes = 0;
  for (const auto& worker : workers_) {
    bytes += sizeof(Worker) +
             sizeof(double) * (kMaxTileRows * kDepthBlock + kMaxTileColumns * kDepthBlock +
                               2 * kMaxTileRows * kMaxTileColumns);
    for (const auto& terms : worker->terms) bytes += terms.capacity() * sizeof(Term);
  }
  for (const auto& views : contraction_.views) {
    for (const AxisView& view : views)
      bytes += view.rows.capacity() * sizeof(TapRow) + view.pieces.capacity() * sizeof(Piece);
  }
  return bytes;
}

void Solver::plan_tiles(int threads) {
  const Contraction& c = contraction_;
  std::int64_t rows = std::min(c.rows, kMaxTileRows);
  std::int64_t columns = kMaxTileColumns;
  const auto count = [&] {
    phase_tiles_.assign(1, 0);
    for (const AxisView& d : c.views[0])
      for (const AxisView& h : c.views[1])
        for (const AxisView& w : c.views[2]) {
          const std::int64_t all =
              c.wgrad ? c.channels * c.taps : c.batch * d.count * h.count * w.count;
          phase_tiles_.push_back(phase_tiles_.back() + ceil_div(all, columns));
        }
    row_tiles_ = ceil_div(c.rows, rows);
    return phase_tiles_.back() * row_tiles_ * c.groups;
  };
  // Enough tiles for every thread, unless they get so small that packing costs more than it brings.
  while (count() < 4 * threads && threads > 1) {
    if (columns > 96)
      columns /= 2;
    else if (rows > 32)
      rows /= 2;
    else
      break;
  }
  max_columns_ = columns;
}

Tile Solver::tile(std::int64_t index) const {
  const Contraction& c = contraction_;
  Tile tile;
  const std::int64_t row_tile = index % row_tiles_;
  tile.group = index / row_tiles_ % c.groups;
  const std::int64_t column_tile = index / row_tiles_ / c.groups;
  const auto after = std::upper_bound(phase_tiles_.begin(), phase_tiles_.end(), column_tile);
  const auto phase = static_cast<std::size_t>(after - phase_tiles_.begin() - 1);
  const std::size_t h = c.views[1].size();
  const std::size_t w = c.views[2].size();
  tile.views = {&c.views[0][phase / (h * w)], &c.views[1][phase / w % h], &c.views[2][phase % w]};
  const std::int64_t all =
      c.wgrad ? c.channels * c.taps
              : c.batch * tile.views[0]->count * tile.views[1]->count * tile.views[2]->count;
  const Range columns = part_of(all, static_cast<int>(column_tile - phase_tiles_[phase]),
                                static_cast<int>(phase_tiles_[phase + 1] - phase_tiles_[phase]));
  const Range rows = part_of(c.rows, static_cast<int>(row_tile), static_cast<int>(row_tiles_));
  tile.row_begin = rows.begin;
  tile.row_end = rows.end;
  tile.column_begin = columns.begin;
  tile.column_end = columns.end;
  return tile;
}

void Solver::write_bias(const TileOperands& operands, const Outputs& outputs) const {
  const ConvProblem& p = contraction_.problem;
  const Shape shape = p.shape(p.written());
  const std::int64_t count = element_count(shape);
  if (count == 0) return;
  const std::int64_t positions = count / (shape[0] * shape[1]);
  for (std::int64_t i = 0; i < count; ++i) {
    const float b = operands.bias == nullptr ? 0.0F : operands.bias[i / positions % shape[1]];
    const bool finite = std::isfinite(b);
    outputs.value[i] = std::isnan(b) ? std::numeric_limits<float>::quiet_NaN() : b + 0.0F;
    if (outputs.sum_abs != nullptr)
      outputs.sum_abs[i] =
          finite ? std::fabs(static_cast<double>(b)) : std::numeric_limits<double>::infinity();
    if (outputs.tier != nullptr) outputs.tier[i] = finite ? Tier::kExactSum : Tier::kNonFinite;
  }
}

double Solver::exact_limit(const TileOperands& operands) {
  const Contraction& c = contraction_;
  const ConvProblem& p = c.problem;
  const std::int64_t data_count = element_count(p.shape(p.data_input()));
  const std::int64_t fixed_count = element_count(c.wgrad ? p.y_shape() : p.w_shape());
  std::atomic<int> data_bit{128};
  std::atomic<int> fixed_bit{128};
  pool_.run([&](int part) {
    const auto least = [&](std::atomic<int>& bit, const float* values, std::int64_t count) {
      const Range range = part_of(count, part, pool_.threads());
      const int found = lowest_bit_exponent(values + range.begin, range.end - range.begin);
      int seen = bit.load();
      while (found < seen && !bit.compare_exchange_weak(seen, found)) {
      }
    };
    least(data_bit, operands.data, data_count);
    least(fixed_bit, operands.fixed, fixed_count);
  });
  int unit = data_bit + fixed_bit;
  if (operands.bias != nullptr && faults_.bias_in_unit)
    unit = std::min(unit, lowest_bit_exponent(operands.bias, element_count(p.bias_shape())));
  return std::ldexp(faults_.exact_limit_scale, 53 + unit);
}

void Solver::run(const TileOperands& operands, const Outputs& outputs) {
  if (!has_terms_) return write_bias(operands, outputs);
  const double limit = exact_limit(operands);
  const std::int64_t tiles = phase_tiles_.back() * row_tiles_ * contraction_.groups;
  std::atomic<std::int64_t> next{0};
  pool_.run([&](int part) {
    Worker& worker = *workers_[static_cast<std::size_t>(part)];
    for (std::int64_t i = next++; i < tiles; i = next++) {
      const Tile t = tile(i);
      accumulate_tile(contraction_, operands, t, worker.tile);
      certify(operands, outputs, t, limit, worker);
    }
  });
}

void Solver::certify(const TileOperands& operands, const Outputs& outputs, const Tile& t,
                     double exact_limit, Worker& worker) const {
  const Contraction& c = contraction_;
  const Axes& extent = c.written_extent;
  // Index of a column in the written tensor, of row 0 of the group.
  std::int64_t row_stride = c.channels * c.taps;
  if (c.wgrad) {
    for (std::int64_t j = 0; j < t.columns(); ++j)
      worker.columns[static_cast<std::size_t>(j)] =
          t.group * c.rows * row_stride + t.column_begin + j;
  } else {
    row_stride = volume(extent);
    split_runs(t.views, t.column_begin, t.column_end, t.columns(), worker.tile.runs);
    for (const Run& run : worker.tile.runs) {
      std::array<std::int64_t, 3> at{};
      for (std::size_t a = 0; a < 3; ++a)
        at[a] = t.views[a]->begin + run.position[a] * t.views[a]->stride;
      const std::int64_t first = (run.batch * c.groups + t.group) * c.rows * row_stride +
                                 (at[0] * extent[1] + at[1]) * extent[2] + at[2];
      for (std::int64_t i = 0; i < run.length; ++i)
        worker.columns[static_cast<std::size_t>(run.first + i)] = first + i * t.views[2]->stride;
    }
  }
  std::int64_t products = c.terms - (c.problem.has_bias ? 1 : 0);
  if (!faults_.count_depth && c.wgrad) products = c.channels * c.taps;
  const double factor = static_cast<double>(sum_height(products) + 2) * kUnit;  // Exact.
  const double scale = faults_.interval_scale;
  for (std::int64_t r = 0; r < t.rows(); ++r) {
    const double* value = worker.tile.value.get() + r * worker.tile.column_stride;
    const double* sum = worker.tile.sum_abs.get() + r * worker.tile.column_stride;
    for (std::int64_t j = 0; j < t.columns(); ++j) {
      const double v = value[j];
      const double s = sum[j];
      const double e = factor * s;
      auto low = static_cast<float>(v - e * scale);
      const auto high = static_cast<float>(v + e * scale);
      double s_up = s + e;
      Tier tier = Tier::kInterval;
      if (s < exact_limit) {
        low = static_cast<float>(v);
        s_up = s;
        tier = Tier::kExactSum;
      } else if (!(low == high && (low != 0 || !faults_.zero_needs_integers))) {
        resolve(operands, t, t.row_begin + r, t.column_begin + j, worker, low, s_up, tier);
      }
      const std::int64_t at =
          worker.columns[static_cast<std::size_t>(j)] + (t.row_begin + r) * row_stride;
      outputs.value[at] = low;
      if (outputs.sum_abs != nullptr) outputs.sum_abs[at] = s_up;
      if (outputs.tier != nullptr) outputs.tier[at] = tier;
    }
  }
}

void Solver::resolve(const TileOperands& operands, const Tile& t, std::int64_t row,
                     std::int64_t column, Worker& worker, float& value, double& sum_abs,
                     Tier& tier) const {
  double v = 0;
  bool finite = true;
  worker.sum.clear();
  for_each_term(operands, t, row, column, worker, [&](float a, float b) {
    v += static_cast<double>(a) * static_cast<double>(b);
    finite = finite && std::isfinite(a) && std::isfinite(b);
    if (finite) worker.sum.add_product(a, b);
  });
  if (!faults_.skip_padding && std::isnan(sum_abs)) {
    v = sum_abs;
    finite = false;
  }
  if (!finite) {
    value = std::isnan(v) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(v);
    sum_abs = std::numeric_limits<double>::infinity();
    tier = Tier::kNonFinite;
    return;
  }
  tier = Tier::kInteger;
  value = faults_.fallback
              ? static_cast<float>(worker.sum.rounded(traits(ElementType::kF32), faults_.rounding))
              : static_cast<float>(v);
  if (std::isfinite(sum_abs)) return;
  // A non-finite weight on a tap in the padding has spoilt the sum of the pass.
  worker.sum.clear();
  for_each_term(operands, t, row, column, worker,
                [&](float a, float b) { worker.sum.add_product(std::fabs(a), std::fabs(b)); });
  const double rounded = worker.sum.rounded(traits(ElementType::kF64));
  sum_abs = rounded == 0 ? 0 : std::nextafter(rounded, std::numeric_limits<double>::infinity());
}

template <class Body>
void Solver::for_each_term(const TileOperands& operands, const Tile& t, std::int64_t row,
                           std::int64_t column, Worker& worker, Body&& body) const {
  const Contraction& c = contraction_;
  const ConvProblem& p = c.problem;
  if (operands.bias != nullptr) body(operands.bias[t.group * c.rows + row], 1.0F);
  auto& lists = worker.terms;
  for (auto& list : lists) list.clear();
  const Axes& k = p.w_extent;
  const Axes& o = p.y_extent;
  const Axes& extent = c.data_extent;
  const auto element = [&](const Term& d, const Term& h, const Term& w) {
    return (d.element * extent[1] + h.element) * extent[2] + w.element;
  };
  if (c.wgrad) {
    const std::int64_t channel = column / c.taps;
    const std::int64_t tap = column % c.taps;
    const Axes taps{tap / (k[1] * k[2]), tap / k[2] % k[1], tap % k[2]};
    for (std::size_t a = 0; a < 3; ++a) {
      const AxisView& view = *t.views[a];
      for (const TapRow& r : view.rows) {
        if (r.tap != taps[a]) continue;
        for (std::int64_t position = 0; position < view.count; ++position) {
          const std::int64_t i = view.element(r, position);
          if (i >= 0) lists[a].push_back({position, i});
        }
      }
    }
    for (std::int64_t n = 0; n < c.batch; ++n) {
      const float* x = data_channel(c, operands.data, n, t.group, channel);
      const float* y = operands.fixed + ((n * c.groups + t.group) * c.rows + row) * volume(o);
      for (const Term& d : lists[0])
        for (const Term& h : lists[1])
          for (const Term& w : lists[2])
            body(x[element(d, h, w)], y[(d.tap * o[1] + h.tap) * o[2] + w.tap]);
    }
    return;
  }
  const std::int64_t counts[] = {t.views[0]->count, t.views[1]->count, t.views[2]->count};
  const std::array<std::int64_t, 3> position{column / counts[2] / counts[1] % counts[0],
                                             column / counts[2] % counts[1], column % counts[2]};
  const std::int64_t n = column / counts[2] / counts[1] / counts[0];
  for (std::size_t a = 0; a < 3; ++a) {
    const AxisView& view = *t.views[a];
    for (const TapRow& r : view.rows) {
      const std::int64_t i = view.element(r, position[a]);
      if (i >= 0) lists[a].push_back({r.tap, i});
    }
  }
  const float* fixed =
      operands.fixed + t.group * c.channels * c.rows * c.taps + row * c.w_row_stride;
  for (std::int64_t channel = 0; channel < c.channels; ++channel) {
    const float* data = data_channel(c, operands.data, n, t.group, channel);
    for (const Term& d : lists[0])
      for (const Term& h : lists[1])
        for (const Term& w : lists[2])
          body(data[element(d, h, w)],
               fixed[channel * c.w_channel_stride + (d.tap * k[1] + h.tap) * k[2] + w.tap]);
  }
}

}  // namespace convcheck::reference
