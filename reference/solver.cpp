// SPDX-License-Identifier: Apache-2.0
#include "reference/solver.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/geometry.hpp"

namespace convcheck::reference {
namespace {

std::int64_t volume(const Axes& a) { return a[0] * a[1] * a[2]; }

// What a tile takes for each element of depth: two passes over its products, in whole vectors and
// panels, beside which an element packed takes about 4 cycles (AVX-512: 8 products).
double tile_time(std::int64_t rows, std::int64_t columns) {
  const auto whole = [](std::int64_t count) { return static_cast<double>(ceil_div(count, 8) * 8); };
  return whole(rows) * whole(columns) + 32.0 * static_cast<double>(rows + columns);
}

// 2^-53, the unit roundoff of f64.
constexpr double kUnit = 0x1p-53;

}  // namespace

Solver::Solver(const ConvProblem& problem, int threads, const Faults& faults)
    : faults_(faults), pool_(threads) {
  written_ = problem.type(problem.written());
  // Without an element in every tensor there is no term, and extents are bounded by no memory.
  has_terms_ = has_terms(problem);
  contraction_.problem = problem;
  contraction_.terms = problem.has_bias ? 1 : 0;
  if (!has_terms_) return;
  contraction_ = lower(problem);
  if (problem.has_bias && !faults_.count_bias) --contraction_.terms;
  const TileLimits limits = plan_tiles(threads);
  const Contraction& c = contraction_;
  row_stride_ = c.wgrad ? c.channels * c.taps : volume(c.written_extent);
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(limits));
    Worker& worker = *workers_.back();
    worker.sum = std::make_unique<ExactSum>();
    worker.factors.resize(2 * kTermsAtOnce);
    const auto outputs = static_cast<std::size_t>(limits.rows * limits.slots);
    worker.tier.reserve(outputs);
    worker.unsettled.reserve(outputs);
    worker.bins_tier.reserve(outputs);
    worker.open.reserve(outputs);
    worker.segments.reserve(static_cast<std::size_t>(limits.slots));
  }
}

Solver::~Solver() = default;

std::size_t Solver::scratch_bytes() const {
  std::size_t bytes = 0;
  for (const auto& worker : workers_)
    bytes += sizeof(Worker) + worker->tile.bytes() + sizeof(ExactSum) +
             (worker->tier.capacity() + worker->bins_tier.capacity()) * sizeof(Tier) +
             (worker->unsettled.capacity() + worker->open.capacity()) * sizeof(std::int32_t) +
             worker->segments.capacity() * sizeof(Segment) +
             worker->factors.capacity() * sizeof(double);
  for (const auto& views : contraction_.views) {
    for (const AxisView& view : views)
      bytes += view.rows.capacity() * sizeof(TapRow) + view.pieces.capacity() * sizeof(Piece);
  }
  return bytes;
}

std::int64_t Solver::phase_columns(const AxisView& d, const AxisView& h, const AxisView& w) const {
  const Contraction& c = contraction_;
  return c.wgrad ? c.channels * c.taps : c.batch * d.count * h.count * w.count;
}

// Splits rows and columns such that the last thread is done soonest. Larger tiles pack less for
// each product, but a tile too many keeps one thread busy alone.
TileLimits Solver::plan_tiles(int threads) {
  const Contraction& c = contraction_;
  std::int64_t max_columns = kMaxTileColumns;
  while (slot_count(c, max_columns) > kMaxTileColumns) --max_columns;
  std::int64_t most = 0;
  for (const AxisView& d : c.views[0])
    for (const AxisView& h : c.views[1])
      for (const AxisView& w : c.views[2]) most = std::max(most, phase_columns(d, h, w));
  const auto split = [&](std::int64_t columns) {
    phase_tiles_.assign(1, 0);
    for (const AxisView& d : c.views[0])
      for (const AxisView& h : c.views[1])
        for (const AxisView& w : c.views[2])
          phase_tiles_.push_back(phase_tiles_.back() + ceil_div(phase_columns(d, h, w), columns));
    return phase_tiles_.back() * c.groups;
  };
  const std::int64_t row_parts = ceil_div(c.rows, kMaxTileRows);
  const std::int64_t column_parts = ceil_div(most, max_columns);
  // Beyond so many, tiles are even enough.
  const std::int64_t enough = threads == 1 ? 1 : 8 * threads;
  double least = std::numeric_limits<double>::infinity();
  std::int64_t columns = 1;
  for (std::int64_t i = row_parts; i == row_parts || (i <= enough && i <= c.rows); ++i) {
    const std::int64_t rows = ceil_div(c.rows, i);
    for (std::int64_t j = column_parts; j == column_parts || (i * j <= enough && j <= most); ++j) {
      const std::int64_t now = ceil_div(most, j);
      const double turns = static_cast<double>(ceil_div(split(now) * i, std::int64_t{threads}));
      const double time = turns * tile_time(rows, now);
      if (time >= least) continue;
      least = time;
      row_tiles_ = i;
      columns = now;
    }
  }
  split(columns);
  return {.rows = ceil_div(c.rows, row_tiles_),
          .slots = slot_count(c, columns),
          .depth = std::clamp<std::int64_t>(c.terms, 1, kDepthBlock),
          .plane = c.plane.usable ? c.plane.x_count() : 0,
          .positions = c.plane.usable ? c.plane.y_count() : 0};
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
  const std::int64_t all = phase_columns(*tile.views[0], *tile.views[1], *tile.views[2]);
  const Range columns = part_of(all, static_cast<int>(column_tile - phase_tiles_[phase]),
                                static_cast<int>(phase_tiles_[phase + 1] - phase_tiles_[phase]));
  const Range rows = part_of(c.rows, static_cast<int>(row_tile), static_cast<int>(row_tiles_));
  tile.row_begin = rows.begin;
  tile.row_end = rows.end;
  tile.column_begin = columns.begin;
  tile.column_end = columns.end;
  return tile;
}

TileOperands Solver::sources(const Inputs& inputs) const {
  const ConvProblem& p = contraction_.problem;
  const auto source = [&](Role role, const void* address) {
    Source s{static_cast<const std::byte*>(address), p.type(role), 0};
    if (role == Role::kX) s.zero_point = p.x_zero_point;
    if (role == Role::kW) s.zero_point = p.w_zero_point;
    if (!faults_.zero_points) s.zero_point = 0;
    return s;
  };
  const Source bias = source(Role::kBias, p.has_bias ? inputs.bias : nullptr);
  switch (p.operation) {
    case Operation::kConv:
      return {source(Role::kX, inputs.x), source(Role::kW, inputs.w), bias};
    case Operation::kDeconv:
      return {source(Role::kY, inputs.y), source(Role::kW, inputs.w), bias};
    case Operation::kWgrad:
      break;
  }
  return {source(Role::kX, inputs.x), source(Role::kY, inputs.y), bias};
}

void Solver::write_bias(const TileOperands& operands, const Outputs& outputs) const {
  const ConvProblem& p = contraction_.problem;
  const Shape shape = p.shape(p.written());
  const std::int64_t count = element_count(shape);
  if (count == 0) return;
  const std::int64_t positions = count / (shape[0] * shape[1]);
  for (std::int64_t i = 0; i < count; ++i) {
    const double b = operands.bias.data == nullptr ? 0.0 : operands.bias[i / positions % shape[1]];
    const bool finite = std::isfinite(b);
    store_rounded(written_, static_cast<std::byte*>(outputs.value), i,
                  std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : b + 0.0);
    if (outputs.sum_abs != nullptr)
      outputs.sum_abs[i] = finite ? std::fabs(b) : std::numeric_limits<double>::infinity();
    if (outputs.tier != nullptr) outputs.tier[i] = finite ? Tier::kExactSum : Tier::kNonFinite;
  }
}

Survey Solver::survey_all(const Source& source, std::int64_t count) {
  Survey all;
  if (source.data == nullptr) return all;
  std::mutex mutex;
  pool_.run([&](int part) {
    const Range range = part_of(count, part, pool_.threads());
    const Survey own = survey(source, range.begin, range.end);
    const std::lock_guard lock(mutex);
    all.lowest = std::min(all.lowest, own.lowest);
    all.highest = std::max(all.highest, own.highest);
    all.finite = all.finite && own.finite;
  });
  return all;
}

Solver::Job Solver::prepare(const Inputs& inputs) {
  const Contraction& c = contraction_;
  const ConvProblem& p = c.problem;
  Job job;
  job.operands = sources(inputs);
  Certificate& certificate = job.certificate;
  certificate.to = written_;
  if (!(faults_ == Faults{})) certificate.faults = &faults_;
  job.operands.bias_in_sum_abs = faults_.bias_in_sum_abs;
  job.operands.product_errors = faults_.product_errors;
  if (!has_terms_) return job;
  std::int64_t products = c.terms - (p.has_bias ? 1 : 0);
  if (products > faults_.max_products) return job;
  if (!faults_.count_depth && c.wgrad) products = c.channels * c.taps;
  const Survey data = survey_all(job.operands.data, element_count(p.shape(p.data_input())));
  const Survey fixed =
      survey_all(job.operands.fixed, element_count(c.wgrad ? p.y_shape() : p.w_shape()));
  const Survey bias = survey_all(job.operands.bias, element_count(p.bias_shape()));
  job.fixed_finite = fixed.finite;
  job.operands.finite = data.finite && fixed.finite;
  int unit = data.lowest + (faults_.fixed_in_unit ? fixed.lowest : 0);
  if (faults_.bias_in_unit) unit = std::min(unit, bias.lowest);
  const bool narrow = job.operands.narrow();
  // Exact: a product that is rounded counts as one more addition.
  // What has gone by positions may be summed again in two bins, in blocks.
  const std::int64_t by_positions = goes_by_positions(c, job.operands) && faults_.count_depth
                                        ? std::min(c.plane.height, products)
                                        : 0;
  const std::int64_t height = std::max(
      by_positions, sum_height(faults_.count_blocks ? products : std::min(products, kDepthBlock)));
  certificate.error_factor = static_cast<double>(height + (narrow ? 2 : 3)) * kUnit;
  if (!choose_scale(data, fixed, bias, products, job)) return job;
  certificate.exact_limit = std::ldexp(faults_.exact_limit_scale, 53 + unit + certificate.scale);
  // The error of two bins over S, in units of u^2, and a power of two above the rest of them.
  const auto block = static_cast<double>(std::min(products, kDepthBlock));
  const auto blocks = static_cast<double>((products + kDepthBlock - 1) / kDepthBlock);
  const double units = 4 * block * block + 16 * block + 8 * block * (blocks + 1) +
                       blocks * blocks / 2 + 2 * blocks + 1;
  certificate.bins_factor = units * kUnit * kUnit * (1 + 0x1p-20) * faults_.bins_error_scale;
  certificate.bins_exact_limit = std::ldexp(faults_.exact_limit_scale / (16 * (block + blocks)),
                                            2 * 53 + unit + certificate.scale);
  if (!faults_.undo_scale) certificate.scale = 0;
  job.first = narrow && written_ != ElementType::kF64 ? First::kPlain : First::kBins;
  return job;
}

// A power of two for data and one for fixed, such that products, their errors and all sums are f64
// numbers: 1 unless exponents lie far out. Whether there is one.
bool Solver::choose_scale(const Survey& data, const Survey& fixed, const Survey& bias,
                          std::int64_t products, Job& job) {
  constexpr int kLeast = -1074;
  constexpr int kMost = 1000;       // Sums stay below 2^kMost.
  constexpr int kMostFactor = 990;  // So that Dekker's products do not overflow.
  const int spread = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(products))) + 2;
  const int least = std::max(kLeast - data.lowest - fixed.lowest, kLeast - bias.lowest);
  const int most =
      std::min(kMost - spread - data.highest - fixed.highest, kMost - 2 - bias.highest);
  if (least > most) return false;
  const int scale = std::clamp(0, least, most);
  // data is scaled by 2^shift and fixed by the rest, both exactly and into range.
  int low = std::max(-1022, scale - 1022);
  int high = std::min(1022, scale + 1022);
  const auto limit = [&](const Source& source, const Survey& s, bool is_data) {
    // What its own factor may be: none but 1 unless it is f64, whose numbers it must leave exact.
    const bool free = source.type == ElementType::kF64;
    const int own_low = free ? std::min(0, kLeast + 52 - s.lowest) : 0;
    const int own_high = free ? kMostFactor - s.highest : 0;
    low = std::max(low, is_data ? own_low : scale - own_high);
    high = std::min(high, is_data ? own_high : scale - own_low);
  };
  limit(job.operands.data, data, true);
  limit(job.operands.fixed, fixed, false);
  if (low > high) return false;
  const int shift = std::clamp(scale / 2, low, high);
  job.operands.data.scale = std::ldexp(1.0, shift);
  job.operands.fixed.scale = std::ldexp(1.0, scale - shift);
  job.operands.bias.scale = std::ldexp(1.0, std::clamp(scale, -1022, 1022));
  job.certificate.scale = scale;
  return scale >= -1022 && scale <= 1022;
}

void Solver::run(const Inputs& inputs, const Outputs& outputs) {
  const Job job = prepare(inputs);
  if (!has_terms_) return write_bias(job.operands, outputs);
  run_tiles(job, outputs);
}

void Solver::run_uncertified(const Inputs& inputs, void* value) {
  Job job;
  job.operands = sources(inputs);
  job.first = First::kOnlyPlain;
  if (!has_terms_) return write_bias(job.operands, {value});
  run_tiles(job, {value});
}

void Solver::run_tiles(const Job& job, const Outputs& outputs) {
  const std::int64_t tiles = phase_tiles_.back() * row_tiles_ * contraction_.groups;
  std::atomic<std::int64_t> next{0};
  pool_.run([&](int part) {
    const FlushedSubnormals flushed(faults_.flush_subnormals);
    Worker& worker = *workers_[static_cast<std::size_t>(part)];
    for (std::int64_t i = next++; i < tiles; i = next++) {
      const Tile t = tile(i);
      settle_tile(job, t, worker);
      write_tile(outputs, t, worker);
    }
  });
}

}  // namespace convcheck::reference
