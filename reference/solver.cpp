// SPDX-License-Identifier: Apache-2.0
#include "reference/solver.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/geometry.hpp"

namespace convcheck::reference {
namespace {

std::int64_t volume(const Axes& a) { return a[0] * a[1] * a[2]; }

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
  plan_tiles(threads);
  const Contraction& c = contraction_;
  const bool wgrad = c.wgrad;
  row_stride_ = wgrad ? c.channels * c.taps : volume(c.written_extent);
  const bool narrow = is_narrow(problem.type(problem.data_input())) &&
                      is_narrow(problem.type(wgrad ? Role::kY : Role::kW));
  in_floating_point_ = narrow && c.terms - (problem.has_bias ? 1 : 0) <= kMaxProducts;
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    if (narrow && written_ != ElementType::kF64)
      worker.narrow_sum = std::make_unique<ExactSum<float>>();
    else
      worker.wide_sum = std::make_unique<ExactSum<double>>();
    worker.columns.resize(kMaxTileColumns);
    for (std::size_t a = 0; a < 3; ++a) {
      std::size_t most = 0;
      for (const AxisView& view : c.views[a])
        most = std::max(most, wgrad ? static_cast<std::size_t>(view.count) : view.rows.size());
      worker.terms[a].reserve(most);
    }
  }
}

Solver::~Solver() = default;

std::size_t Solver::scratch_bytes() const {
  std::size_t bytes = 0;
  for (const auto& worker : workers_) {
    bytes += sizeof(Worker) + (worker->narrow_sum ? sizeof(ExactSum<float>) : 0) +
             (worker->wide_sum ? sizeof(ExactSum<double>) : 0) +
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

Solver::Certificate Solver::certificate(const TileOperands& operands) {
  const Contraction& c = contraction_;
  const ConvProblem& p = c.problem;
  std::int64_t products = c.terms - (p.has_bias ? 1 : 0);
  if (!faults_.count_depth && c.wgrad) products = c.channels * c.taps;
  Certificate certificate;
  certificate.error_factor = static_cast<double>(sum_height(products) + 2) * kUnit;  // Exact.
  if (!in_floating_point_) return certificate;
  std::atomic<int> data_bit{kNoLowestBit};
  std::atomic<int> fixed_bit{kNoLowestBit};
  pool_.run([&](int part) {
    const auto least = [&](std::atomic<int>& bit, const Source& source, std::int64_t count) {
      const Range range = part_of(count, part, pool_.threads());
      const int found = lowest_bit_exponent(source, range.begin, range.end);
      int seen = bit.load();
      while (found < seen && !bit.compare_exchange_weak(seen, found)) {
      }
    };
    least(data_bit, operands.data, element_count(p.shape(p.data_input())));
    least(fixed_bit, operands.fixed, element_count(c.wgrad ? p.y_shape() : p.w_shape()));
  });
  int unit = data_bit + fixed_bit;
  if (operands.bias.data != nullptr && faults_.bias_in_unit)
    unit = std::min(unit, lowest_bit_exponent(operands.bias, 0, element_count(p.bias_shape())));
  certificate.exact_limit = std::ldexp(faults_.exact_limit_scale, 53 + unit);
  return certificate;
}

void Solver::run(const Inputs& inputs, const Outputs& outputs) {
  const TileOperands operands = sources(inputs);
  if (!has_terms_) return write_bias(operands, outputs);
  const Certificate limits = certificate(operands);
  const std::int64_t tiles = phase_tiles_.back() * row_tiles_ * contraction_.groups;
  std::atomic<std::int64_t> next{0};
  pool_.run([&](int part) {
    Worker& worker = *workers_[static_cast<std::size_t>(part)];
    for (std::int64_t i = next++; i < tiles; i = next++) {
      const Tile t = tile(i);
      if (in_floating_point_) accumulate_tile(contraction_, operands, t, worker.tile);
      certify(operands, outputs, t, limits, worker);
    }
  });
}

}  // namespace convcheck::reference
