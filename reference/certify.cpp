// SPDX-License-Identifier: Apache-2.0
// The tiers, output by output: what the passes certify, and integers for what they do not.
#include <cmath>
#include <limits>
#include <type_traits>

#include "reference/solver.hpp"

namespace convcheck::reference {

void Solver::find_columns(const Tile& t, Worker& worker) const {
  const Contraction& c = contraction_;
  const Axes& extent = c.written_extent;
  const std::int64_t group = t.group * c.rows * row_stride_;
  worker.columns.resize(static_cast<std::size_t>(t.columns()));
  if (c.wgrad) {
    for (std::int64_t j = 0; j < t.columns(); ++j)
      worker.columns[static_cast<std::size_t>(j)] = group + t.column_begin + j;
    return;
  }
  split_runs(t.views, t.column_begin, t.column_end, t.columns(), worker.tile.runs);
  for (const Run& run : worker.tile.runs) {
    std::array<std::int64_t, 3> at{};
    for (std::size_t a = 0; a < 3; ++a)
      at[a] = t.views[a]->begin + run.position[a] * t.views[a]->stride;
    const std::int64_t first = run.batch * c.groups * c.rows * row_stride_ + group +
                               (at[0] * extent[1] + at[1]) * extent[2] + at[2];
    for (std::int64_t i = 0; i < run.length; ++i)
      worker.columns[static_cast<std::size_t>(run.first + i)] = first + i * t.views[2]->stride;
  }
}

void Solver::certify(const TileOperands& operands, const Outputs& outputs, const Tile& t,
                     const Certificate& limits, Worker& worker) const {
  find_columns(t, worker);
  const bool integer = traits(written_).is_integer;
  const double scale = faults_.interval_scale;
  for (std::int64_t r = 0; r < t.rows(); ++r) {
    const double* value = worker.tile.value.get() + r * worker.tile.column_stride;
    const double* sum = worker.tile.sum_abs.get() + r * worker.tile.column_stride;
    for (std::int64_t j = 0; j < t.columns(); ++j) {
      Answer answer{0, std::numeric_limits<double>::quiet_NaN(), Tier::kInteger};
      bool certified = false;
      if (in_floating_point_) {
        const double v = value[j];
        const double s = sum[j];
        const double e = limits.error_factor * s;
        if (s < limits.exact_limit) {
          answer = {round_to_type(written_, v), s, Tier::kExactSum};
          certified = true;
        } else {
          const double low = round_to_type(written_, v - e * scale);
          answer = {low, s + e, Tier::kInterval};
          // An interval around zero does not tell its sign.
          certified = low == round_to_type(written_, v + e * scale) && std::isfinite(s) &&
                      (low != 0 || integer || !faults_.zero_needs_integers);
        }
      }
      if (!certified)
        answer = resolve(operands, t, t.row_begin + r, t.column_begin + j, answer.sum_abs, worker);
      const std::int64_t at =
          worker.columns[static_cast<std::size_t>(j)] + (t.row_begin + r) * row_stride_;
      store_rounded(written_, static_cast<std::byte*>(outputs.value), at, answer.value);
      if (outputs.sum_abs != nullptr) outputs.sum_abs[at] = answer.sum_abs;
      if (outputs.tier != nullptr) outputs.tier[at] = answer.tier;
    }
  }
}

Solver::Answer Solver::resolve(const TileOperands& operands, const Tile& t, std::int64_t row,
                               std::int64_t column, double sum_abs, Worker& worker) const {
  if (worker.narrow_sum)
    return sum_in_integers(*worker.narrow_sum, operands, t, row, column, sum_abs, worker);
  return sum_in_integers(*worker.wide_sum, operands, t, row, column, sum_abs, worker);
}

template <class Sum>
Solver::Answer Solver::sum_in_integers(Sum& sum, const TileOperands& operands, const Tile& t,
                                       std::int64_t row, std::int64_t column, double sum_abs,
                                       Worker& worker) const {
  using Operand = typename Sum::Operand;
  const auto add = [&](double a, double b) {
    sum.add_product(static_cast<Operand>(a), static_cast<Operand>(b));
  };
  double special = 0;  // The sum of the terms with a factor that is not finite.
  double rounded = 0;
  bool finite = true;
  const auto term = [&](double a, double b) {
    rounded += a * b;
    if (std::isfinite(a) && std::isfinite(b)) return add(a, b);
    special += a * b;
    finite = false;
  };
  const double bias =
      operands.bias.data == nullptr ? 0 : operands.bias[t.group * contraction_.rows + row];
  const auto add_bias = [&](double b) {
    if (traits(written_).is_integer)
      sum.add_integer(static_cast<std::int64_t>(b));
    else
      term(b, 1);
  };
  sum.clear();
  add_bias(bias);
  for_each_term(operands, t, row, column, worker, term);
  if (!faults_.skip_padding && std::isnan(sum_abs)) {
    special = sum_abs;
    finite = false;
  }
  if (!finite) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {round_to_type(written_, std::isnan(special) ? nan : special),
            std::numeric_limits<double>::infinity(), Tier::kNonFinite};
  }
  const double value = faults_.fallback ? sum.rounded(traits(written_), faults_.rounding)
                                        : round_to_type(written_, rounded);
  if (std::isfinite(sum_abs)) return {value, sum_abs, Tier::kInteger};
  // No pass has summed magnitudes, or a non-finite weight on a tap in the padding has spoilt it.
  sum.clear();
  add_bias(std::fabs(bias));
  bool all_zero = bias == 0;  // Magnitudes may round to zero without being zero.
  for_each_term(operands, t, row, column, worker, [&](double a, double b) {
    all_zero = all_zero && (a == 0 || b == 0);
    add(std::fabs(a), std::fabs(b));
  });
  const double s = sum.rounded(traits(ElementType::kF64));
  return {value, all_zero ? 0 : std::nextafter(s, std::numeric_limits<double>::infinity()),
          Tier::kInteger};
}

template <class Body>
void Solver::for_each_term(const TileOperands& operands, const Tile& t, std::int64_t row,
                           std::int64_t column, Worker& worker, Body&& body) const {
  const Contraction& c = contraction_;
  const ConvProblem& p = c.problem;
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
      const std::int64_t x = channel_offset(c, n, t.group, channel);
      const std::int64_t y = ((n * c.groups + t.group) * c.rows + row) * o[0] * o[1] * o[2];
      for (const Term& d : lists[0])
        for (const Term& h : lists[1])
          for (const Term& w : lists[2])
            body(operands.data[x + element(d, h, w)],
                 operands.fixed[y + (d.tap * o[1] + h.tap) * o[2] + w.tap]);
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
  const std::int64_t fixed = t.group * c.channels * c.rows * c.taps + row * c.w_row_stride;
  for (std::int64_t channel = 0; channel < c.channels; ++channel) {
    const std::int64_t data = channel_offset(c, n, t.group, channel);
    for (const Term& d : lists[0])
      for (const Term& h : lists[1])
        for (const Term& w : lists[2])
          body(operands.data[data + element(d, h, w)],
               operands.fixed[fixed + channel * c.w_channel_stride + (d.tap * k[1] + h.tap) * k[2] +
                              w.tap]);
  }
}

}  // namespace convcheck::reference
