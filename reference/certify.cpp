// SPDX-License-Identifier: Apache-2.0
// The tiers of one tile: f64 sums, two bins for what they leave open, integers for the rest.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/solver.hpp"

namespace convcheck::reference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Bins for the whole tile take about so many times less for an output than for one output alone;
// along lines one output alone packs little that it does not use.
std::int64_t dense(const Contraction& c) { return slides(c) ? 16 : 64; }

// Integers: for a part of a tile about 6 times less than alone, at any target.
constexpr std::int64_t kDensePart = 6;

// Part of a tile; rows and columns counted within it.
Tile part(const Tile& t, std::int64_t row, std::int64_t rows, std::int64_t column,
          std::int64_t columns) {
  Tile p = t;
  p.row_begin = t.row_begin + row;
  p.row_end = p.row_begin + rows;
  p.column_begin = t.column_begin + column;
  p.column_end = p.column_begin + columns;
  return p;
}

BinResults bin_results(const TileSums& bins, std::int64_t at) {
  return {bins.value.get() + at, bins.low.get() + at, bins.sum_abs.get() + at};
}

}  // namespace

void Solver::settle_tile(const Job& job, const Tile& t, Worker& worker) const {
  TileSums& results = worker.tile.plain;
  worker.unsettled.clear();
  worker.tier.resize(static_cast<std::size_t>(t.rows() * t.columns()));
  worker.bins_tier.resize(worker.tier.size());
  switch (job.first) {
    case First::kPlain:
      accumulate_tile(contraction_, job.operands, t, true, worker.tile);
      for (std::int64_t r = 0; r < t.rows(); ++r)
        settle_sums(job.certificate, t.columns(), results.value.get() + r * results.stride,
                    results.sum_abs.get() + r * results.stride,
                    worker.tier.data() + r * t.columns(), r * t.columns(), worker.unsettled);
      settle_special(job, t, worker);
      settle_in_bins(job, t, worker);
      break;
    case First::kBins:
      accumulate_bins(contraction_, job.operands, t, faults_.sigma_factor, worker.tile);
      results.stride = worker.tile.bins.stride;
      for (std::int64_t r = 0; r < t.rows(); ++r) {
        const std::int64_t at = r * results.stride;
        settle_bins(job.certificate, t.columns(), bin_results(worker.tile.bins, at),
                    results.value.get() + at, results.sum_abs.get() + at,
                    worker.tier.data() + r * t.columns(), r * t.columns(), worker.unsettled);
      }
      settle_special(job, t, worker);
      break;
    case First::kOnlyPlain:
      return accumulate_tile(contraction_, job.operands, t, false, worker.tile);
    case First::kTerms:
      results.stride = t.columns();
      list_all(t, worker);
      for (const std::int32_t i : worker.unsettled) settle_by_terms(job, t, i, worker);
      worker.unsettled.clear();
      break;
  }
  settle_in_integers(job, t, worker);
}

void Solver::list_all(const Tile& t, Worker& worker) {
  for (std::int64_t i = 0; i < t.rows() * t.columns(); ++i)
    worker.unsettled.push_back(static_cast<std::int32_t>(i));
}

Solver::Slot Solver::slot(const Tile& t, std::int64_t i, Worker& worker) {
  const TileSums& results = worker.tile.plain;
  const auto at = static_cast<std::size_t>(i / t.columns() * results.stride + i % t.columns());
  return {results.value[at], results.sum_abs[at], worker.tier[static_cast<std::size_t>(i)]};
}

template <class Settle>
void Solver::keep_unsettled(Worker& worker, Settle&& settle) {
  std::erase_if(worker.unsettled, [&](std::int32_t i) { return settle(i); });
}

// An infinity, or the NaN without sign.
double Solver::special_value(const Job& job, double v) const {
  if (std::isnan(v)) v = faults_.propagate_nan ? std::fabs(v) : 0;
  return job.certificate.round(v);
}

// What has no finite S: special values, or finite ones whose S a weight in the padding spoilt.
void Solver::settle_special(const Job& job, const Tile& t, Worker& worker) const {
  keep_unsettled(worker, [&](std::int32_t i) {
    const Slot out = slot(t, i, worker);
    if (std::isfinite(out.sum_abs)) return false;
    // A plain sum of narrow operands never overflows: it is what IEEE 754 makes of the terms.
    if (job.first != First::kPlain || !(job.fixed_finite || !faults_.skip_padding)) {
      settle_by_terms(job, t, i, worker);
      return true;
    }
    out.value = special_value(job, out.value);
    out.sum_abs = kInfinity;
    out.tier = Tier::kNonFinite;
    return true;
  });
}

void Solver::take_bins(const Job& job, const Tile& t, Worker& worker) const {
  const TileSums& bins = worker.tile.bins;
  worker.open.clear();
  for (std::int64_t r = 0; r < t.rows(); ++r)
    settle_bins(job.certificate, t.columns(), bin_results(bins, r * bins.stride),
                bins.value.get() + r * bins.stride, nullptr,
                worker.bins_tier.data() + r * t.columns(), r * t.columns(), worker.open);
  // Both lists ascend.
  auto open = worker.open.begin();
  keep_unsettled(worker, [&](std::int32_t i) {
    while (open != worker.open.end() && *open < i) ++open;
    if (open != worker.open.end() && *open == i) return false;
    const Slot out = slot(t, i, worker);
    out.value =
        bins.value[static_cast<std::size_t>(i / t.columns() * bins.stride + i % t.columns())];
    out.tier = worker.bins_tier[static_cast<std::size_t>(i)];
    return true;
  });
}

bool Solver::settle_by_bins(const Job& job, const TileSums& bins, std::size_t at,
                            const Slot& out) const {
  double value = bins.value[at];
  if (!settle_bins(job.certificate, value, bins.low[at], bins.sum_abs[at])) return false;
  out.value = value;
  out.tier = is_exact(job.certificate, bins.sum_abs[at]) ? Tier::kExactSum : Tier::kTwoBins;
  return true;
}

void Solver::settle_in_bins(const Job& job, const Tile& t, Worker& worker) const {
  if (worker.unsettled.empty()) return;
  if (!faults_.fallback) {
    for (const std::int32_t i : worker.unsettled) {
      const Slot out = slot(t, i, worker);
      out.value = job.certificate.round(out.value);
    }
    return worker.unsettled.clear();
  }
  const auto unsettled = static_cast<std::int64_t>(worker.unsettled.size());
  if (unsettled * dense(contraction_) > t.rows() * t.columns()) {
    accumulate_bins(contraction_, job.operands, t, faults_.sigma_factor, worker.tile);
    return take_bins(job, t, worker);
  }
  keep_unsettled(worker, [&](std::int32_t i) {
    accumulate_bins(contraction_, job.operands, part(t, i / t.columns(), 1, i % t.columns(), 1),
                    faults_.sigma_factor, worker.tile);
    return settle_by_bins(job, worker.tile.bins, 0, slot(t, i, worker));
  });
}

void Solver::settle_in_integers(const Job& job, const Tile& t, Worker& worker) const {
  auto& list = worker.unsettled;
  if (!faults_.fallback) {
    const TileSums& bins = worker.tile.bins;
    for (const std::int32_t i : list) {
      const auto at = static_cast<std::size_t>(i / t.columns() * bins.stride + i % t.columns());
      const Slot out = slot(t, i, worker);
      out.value = std::ldexp(bins.value[at] + bins.low[at], -job.certificate.scale);
      out.value = job.certificate.round(out.value);
      out.tier = Tier::kTwoBins;
    }
    return list.clear();
  }
  const std::int64_t columns = t.columns();
  const std::int64_t parts = (columns + kMaxIntegerColumns - 1) / kMaxIntegerColumns;
  const auto part_of_tile = [&](std::int32_t i) {
    return i / columns / kMaxIntegerRows * parts + i % columns / kMaxIntegerColumns;
  };
  std::sort(list.begin(), list.end(), [&](std::int32_t a, std::int32_t b) {
    return std::pair(part_of_tile(a), a) < std::pair(part_of_tile(b), b);
  });
  const auto take = [&](std::int32_t i, LongSum& sum) {
    const Slot out = slot(t, i, worker);
    out.value = job.certificate.round(
        sum.rounded(traits(written_), -job.certificate.scale, faults_.rounding));
    out.tier = Tier::kInteger;
  };
  for (std::size_t begin = 0; begin < list.size();) {
    const std::int64_t number = part_of_tile(list[begin]);
    std::size_t end = begin;
    while (end < list.size() && part_of_tile(list[end]) == number) ++end;
    const std::int64_t row = number / parts * kMaxIntegerRows;
    const std::int64_t column = number % parts * kMaxIntegerColumns;
    const std::int64_t width = std::min(kMaxIntegerColumns, columns - column);
    if (static_cast<std::int64_t>(end - begin) > kDensePart) {
      accumulate_integers(contraction_, job.operands,
                          part(t, row, std::min(kMaxIntegerRows, t.rows() - row), column, width),
                          worker.tile);
      for (; begin < end; ++begin) {
        const std::int32_t i = list[begin];
        take(i, worker.tile.sums[static_cast<std::size_t>((i / columns - row) * width +
                                                          i % columns - column)]);
      }
    }
    for (; begin < end; ++begin) {
      const std::int32_t i = list[begin];
      accumulate_integers(contraction_, job.operands, part(t, i / columns, 1, i % columns, 1),
                          worker.tile);
      take(i, worker.tile.sums[0]);
    }
  }
}

// Term by term, for what no pass may sum: infinities and NaN, exponents too far apart for any
// scale, more terms than the proof covers.
void Solver::settle_by_terms(const Job& job, const Tile& t, std::int64_t i, Worker& worker) const {
  const std::int64_t row = t.row_begin + i / t.columns();
  const std::int64_t column = t.column_begin + i % t.columns();
  const Slot out = slot(t, i, worker);
  const Source& bias_source = job.operands.bias;
  const double bias =
      bias_source.data == nullptr ? 0 : bias_source[t.group * contraction_.rows + row];
  double special = std::isfinite(bias) ? 0 : bias;
  bool finite = std::isfinite(bias);
  for_each_term(job.operands, t, row, column, worker, [&](double a, double b) {
    if (std::isfinite(a) && std::isfinite(b)) return;
    special += a * b;
    finite = false;
  });
  if (!finite) {
    out.value = special_value(job, special);
    out.sum_abs = kInfinity;
    out.tier = Tier::kNonFinite;
    return;
  }
  ExactSum& sum = *worker.sum;
  sum.clear();
  sum.add_product(bias, 1);
  for_each_term(job.operands, t, row, column, worker,
                [&](double a, double b) { sum.add_product(a, b); });
  out.value = job.certificate.round(sum.rounded(traits(written_), faults_.rounding));
  out.tier = Tier::kInteger;
  sum.clear();
  sum.add_product(std::fabs(bias), 1);
  bool all_zero = bias == 0;  // Magnitudes may round to zero without being zero.
  for_each_term(job.operands, t, row, column, worker, [&](double a, double b) {
    all_zero = all_zero && (a == 0 || b == 0);
    sum.add_product(std::fabs(a), std::fabs(b));
  });
  const double s = sum.rounded(traits(ElementType::kF64));
  out.sum_abs = all_zero ? 0 : std::nextafter(s, kInfinity);
}

void Solver::write_tile(const Outputs& outputs, const Tile& t, Worker& worker) const {
  const TileSums& results = worker.tile.plain;
  find_segments(t, worker);
  for (std::int64_t r = 0; r < t.rows(); ++r) {
    const std::int64_t row = (t.row_begin + r) * row_stride_;
    for (const Segment& segment : worker.segments) {
      const std::int64_t to = segment.to + row;
      const std::int64_t from = r * results.stride + segment.column;
      store_values(written_, results.value.get() + from, segment.count,
                   static_cast<std::byte*>(outputs.value), to, segment.step);
      for (std::int64_t j = 0; j < segment.count; ++j) {
        if (outputs.sum_abs != nullptr)
          outputs.sum_abs[to + j * segment.step] =
              results.sum_abs[static_cast<std::size_t>(from + j)];
        if (outputs.tier != nullptr)
          outputs.tier[to + j * segment.step] =
              worker.tier[static_cast<std::size_t>(r * t.columns() + segment.column + j)];
      }
    }
  }
}

}  // namespace convcheck::reference
