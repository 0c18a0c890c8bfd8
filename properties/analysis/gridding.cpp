// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/gridding.hpp"

#include <algorithm>
#include <numeric>

#include "core/wide.hpp"

namespace convcheck::properties {

Result<std::vector<Rate>> tap_rates(const std::vector<AxisStep>& steps) {
  constexpr Int128 kMaxRate = Int128{1} << 62;
  std::vector<Rate> rates;
  Int128 jump = 1;
  for (const AxisStep& step : steps) {
    if (step.operation != Operation::kConv)
      return fail(ErrorCode::kUnsupported,
                  "gridding is a matter of convolutions; the chain has a {}",
                  to_string(step.operation));
    const Int128 rate = step.dilation * jump;
    jump *= step.stride;
    if (rate * step.taps >= kMaxRate || jump >= kMaxRate)
      return fail(ErrorCode::kUnsupported, "not given: it reaches position 2^62");
    if (step.taps > 1) rates.push_back({step.taps, static_cast<std::int64_t>(rate)});
  }
  return rates;
}

std::optional<Gap> first_gap(std::vector<Rate> rates) {
  std::stable_sort(rates.begin(), rates.end(),
                   [](const Rate& a, const Rate& b) { return a.rate < b.rate; });
  std::int64_t filled = 0;
  for (const Rate& step : rates) {
    if (step.rate > filled + 1) return Gap{step, filled};
    filled += (step.taps - 1) * step.rate;
  }
  return std::nullopt;
}

std::optional<std::int64_t> published_bound(const std::vector<Rate>& rates) {
  if (rates.size() < 2) return std::nullopt;
  std::int64_t m = rates.back().rate;
  for (std::size_t i = rates.size() - 1; i-- > 1;)
    m = std::max({m - 2 * rates[i].rate, 2 * rates[i].rate - m, rates[i].rate});
  return m;
}

Result<Gridding> gridding(const std::vector<AxisStep>& steps) {
  Gridding grid;
  CONVCHECK_ASSIGN(grid.rates, tap_rates(steps));
  CONVCHECK_ASSIGN(TapPaths paths, tap_paths(steps));
  grid.gap = first_gap(grid.rates);
  grid.reached = std::move(paths.phases[0]);
  const std::int64_t begin = grid.reached.front().position;
  for (Reached& at : grid.reached) at.position -= begin;
  grid.span = grid.reached.back().position + 1;
  grid.holes = grid.span - static_cast<std::int64_t>(grid.reached.size());
  for (const Reached& at : grid.reached) ++grid.histogram[at.paths];
  if (grid.holes != 0) grid.histogram[0] = grid.holes;
  std::int64_t lattice = 0;
  bool equal_taps = true;
  for (const Rate& step : grid.rates) {
    lattice = std::gcd(lattice, step.rate);
    equal_taps = equal_taps && step.taps == grid.rates.front().taps;
  }
  grid.lattice = std::max<std::int64_t>(1, lattice);
  if (equal_taps) grid.published = published_bound(grid.rates);
  return grid;
}

}  // namespace convcheck::properties
