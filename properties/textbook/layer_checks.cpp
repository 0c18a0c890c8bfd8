// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <numeric>
#include <set>

#include "properties/analysis/checkerboard.hpp"
#include "properties/analysis/gridding.hpp"
#include "properties/analysis/rational_matrix.hpp"
#include "properties/analysis/work.hpp"
#include "properties/table/exact.hpp"
#include "properties/textbook/checks.hpp"
#include "reference/definition.hpp"

namespace convcheck::properties::textbook {
namespace {

// Calls visit(w) for all arrays of n values in {-1, 0, 1} until it returns false: lexicographic,
// with 0 < 1 < -1.
template <typename Visit>
void for_each_ternary(std::size_t n, Visit&& visit) {
  std::vector<std::int64_t> w(n, 0);
  for (std::size_t more = 1; more > 0;) {
    if (!visit(w)) return;
    for (more = n; more > 0 && w[more - 1] == -1; --more) w[more - 1] = 0;
    if (more > 0) w[more - 1] = w[more - 1] == 0 ? 1 : -1;
  }
}

// Taps that fall on each of the s phases.
std::vector<std::int64_t> taps_by_phase(std::int64_t k, std::int64_t s, std::int64_t d) {
  std::vector<std::int64_t> phases(static_cast<std::size_t>(s), 0);
  for (std::int64_t t = 0; t < k; ++t) ++phases[static_cast<std::size_t>(t * d % s)];
  return phases;
}

template <typename T>
bool all_the_same(const std::vector<T>& list) {
  return std::all_of(list.begin(), list.end(), [&](const T& v) { return v == list.front(); });
}

// A number that counts the multiplications done with it.
struct Counted {
  static inline thread_local std::int64_t multiplications = 0;
  Counted(std::int64_t v = 0) : value(v) {}  // NOLINT(google-explicit-constructor)
  std::int64_t value;
  Counted& operator+=(const Counted& other) {
    value += other.value;
    return *this;
  }
  friend Counted operator-(const Counted& a, const Counted& b) { return {a.value - b.value}; }
  friend Counted operator*(const Counted& a, const Counted& b) {
    ++multiplications;
    return {a.value * b.value};
  }
};

std::vector<Counted> convolved(const ConvProblem& p, std::vector<Counted> x, std::size_t taps) {
  reference::Values<Counted> v;
  v.x = std::move(x);
  v.w.assign(taps, Counted(1));
  return reference::definition(p, v);
}

ConvProblem valid_problem(std::int64_t height, std::int64_t width, std::int64_t kernel_height,
                          std::int64_t kernel_width) {
  ConvProblem p;
  p.rank = 2;
  p.batch = 1;
  p.x_extent = {1, height, width};
  p.w_extent = {1, kernel_height, kernel_width};
  p.y_extent = {1, height - kernel_height + 1, width - kernel_width + 1};
  return p;
}

ConvProblem pointwise(std::int64_t groups, std::int64_t channels) {
  ConvProblem p;
  p.rank = 1;
  p.batch = 1;
  p.groups = groups;
  p.in_channels = p.out_channels = channels;
  return p;
}

}  // namespace

CheckResult overlap_rule() {
  CheckResult result;
  for (std::int64_t k = 1; k <= 9; ++k) {
    for (std::int64_t s = 1; s <= 6; ++s) {
      for (std::int64_t d = 1; d <= 4; ++d) {
        const std::vector<std::int64_t> phases = taps_by_phase(k, s, d);
        AxisStep step;
        step.operation = Operation::kDeconv;
        step.taps = k;
        step.stride = s;
        step.dilation = d;
        const bool even = all_the_same(phases);
        result.holds = result.holds && even == (k % s == 0 && std::gcd(d, s) == 1) &&
                       even == overlaps_evenly(step);
        ++result.cases;
      }
    }
  }
  result.detail =
      fmt::format("taps by phase for k = 3, s = 2: {}; k = 4, s = 2: {}; k = 4, s = 2, d = 2: {}",
                  fmt::join(taps_by_phase(3, 2, 1), ", "), fmt::join(taps_by_phase(4, 2, 1), ", "),
                  fmt::join(taps_by_phase(4, 2, 2), ", "));
  return result;
}

CheckResult overlap_and_artefact() {
  CheckResult result;
  table::ExactAlgebra algebra(1, 1);
  std::string even_with;
  std::string uneven_without;
  for (std::int32_t k = 1; k <= 5; ++k) {
    for (std::int32_t s = 2; s <= 3; ++s) {
      const bool even = all_the_same(taps_by_phase(k, s, 1));
      for_each_ternary(static_cast<std::size_t>(k), [&](const std::vector<std::int64_t>& w) {
        algebra.reset();
        const std::vector<std::int64_t> ones(6, 1);
        table::Block y;
        y.span[2].extent = 6;
        y.values = ones.data();
        table::Block kernel;
        kernel.span[2].extent = k;
        kernel.values = w.data();
        const table::Block x = algebra.product(
            algebra.inserted(y, s), kernel, {table::Setting::kFull, Orientation::kConvolution, 1});
        // Where every tap finds an element of y, or a zero between two.
        const std::vector<std::int64_t> inside(x.values + k - 1, x.values + x.count() - (k - 1));
        std::vector<std::int64_t> sums(static_cast<std::size_t>(s), 0);
        for (std::int32_t t = 0; t < k; ++t)
          sums[static_cast<std::size_t>(t % s)] += w[static_cast<std::size_t>(t)];
        const bool constant = all_the_same(inside);
        result.holds = result.holds && constant == all_the_same(sums);
        ++result.cases;
        const bool zero = std::all_of(w.begin(), w.end(), [](auto v) { return v == 0; });
        const auto example = [&] { return fmt::format("s = {}, w = [{}]", s, fmt::join(w, ", ")); };
        if (even && !constant && even_with.empty()) even_with = example();
        if (!even && constant && !zero && uneven_without.empty()) uneven_without = example();
        return true;
      });
    }
  }
  result.holds = result.holds && !even_with.empty() && !uneven_without.empty();
  result.detail = fmt::format("even overlap and an artefact: {}; uneven overlap and none: {}",
                              even_with, uneven_without);
  return result;
}

CheckResult gridding_rule() {
  constexpr std::size_t kReach = 256;  // 4 steps of (5 - 1) * 7.
  CheckResult result;
  std::int64_t errs = 0;
  std::int64_t false_dense = 0;
  std::int64_t false_holes = 0;
  for (const std::int64_t taps : {3, 5}) {
    for (std::size_t steps = 2; steps <= 4; ++steps) {
      std::vector<Rate> rates(steps, Rate{taps, 1});
      for (bool more = true; more;) {
        std::bitset<kReach> reached;
        reached.set(0);
        std::int64_t last = 0;
        for (const Rate& step : rates) {
          const std::bitset<kReach> before = reached;
          for (std::int64_t t = 1; t < taps; ++t)
            reached |= before << static_cast<std::size_t>(t * step.rate);
          last += (taps - 1) * step.rate;
        }
        const bool dense = reached.count() == static_cast<std::size_t>(last) + 1;
        const bool published = *published_bound(rates) <= taps;
        if (dense == first_gap(rates).has_value()) ++errs;
        if (published && !dense) ++false_dense;
        if (!published && dense) ++false_holes;
        ++result.cases;
        more = false;
        for (Rate& step : rates) {
          if (step.rate < 7) {
            ++step.rate;
            more = true;
            break;
          }
          step.rate = 1;
        }
      }
    }
  }
  result.holds = errs == 0 && false_dense > 0 && false_holes > 0;
  result.detail = fmt::format(
      "of {} sequences of 2 to 4 rates up to 7 the sorted rule errs on {}; the published one calls "
      "{} with holes dense and finds holes in {} without",
      result.cases, errs, false_dense, false_holes);
  return result;
}

CheckResult rank_one() {
  CheckResult result;
  // Every outer product of two vectors over {-1, 0, 1}.
  std::set<std::vector<std::int64_t>> products;
  for_each_ternary(3, [&](const std::vector<std::int64_t>& u) {
    for_each_ternary(3, [&](const std::vector<std::int64_t>& v) {
      std::vector<std::int64_t> w;
      for (const std::int64_t a : u) {
        for (const std::int64_t b : v) w.push_back(a * b);
      }
      products.insert(std::move(w));
      return true;
    });
    return true;
  });
  for_each_ternary(9, [&](const std::vector<std::int64_t>& w) {
    RationalMatrix matrix(3, 3);
    for (std::size_t i = 0; i < 9; ++i) matrix.entries[i] = w[i];
    result.holds = result.holds && (rank(matrix, 1) <= 1) == (products.count(w) == 1);
    ++result.cases;
    return result.holds;
  });
  result.detail = fmt::format("{} of {} 3 x 3 kernels over {{-1, 0, 1}} are separable",
                              products.size(), result.cases);
  return result;
}

CheckResult separable_work() {
  CheckResult result;
  for (std::int64_t k = 2; k <= 5; ++k) {
    for (std::int64_t n = k; n <= 12; ++n) {
      const std::vector<Counted> x(static_cast<std::size_t>(n * n), Counted(1));
      Counted::multiplications = 0;
      convolved(valid_problem(n, n, k, k), x, static_cast<std::size_t>(k * k));
      const std::int64_t dense = Counted::multiplications;
      Counted::multiplications = 0;
      const ConvProblem along = valid_problem(n, n, 1, k);
      const ConvProblem down = valid_problem(n, n - k + 1, k, 1);
      convolved(down, convolved(along, x, static_cast<std::size_t>(k)),
                static_cast<std::size_t>(k));
      const std::int64_t passes = Counted::multiplications;
      result.holds =
          result.holds && passes * k > 2 * dense &&
          static_cast<double>(passes) == work(along).macs_inside + work(down).macs_inside;
      ++result.cases;
      if ((k == 2 && n == 8) || (k == 3 && n == 8) || (k == 5 && n == 12))
        result.detail += fmt::format("{}k = {} on {} x {}: {} in two passes, {} in one",
                                     result.detail.empty() ? "" : "; ", k, n, n, passes, dense);
    }
  }
  return result;
}

CheckResult shuffle_reach() {
  CheckResult result;
  for (std::int64_t groups = 1; groups <= 6; ++groups) {
    for (std::int64_t channels = 1; channels <= 8; ++channels) {
      const ConvProblem layer = pointwise(groups, groups * channels);
      const auto reach = channel_reach(Chain(std::vector<Step>{layer, Shuffle{groups}, layer}));
      result.holds = result.holds && reach && reach->complete() == (channels >= groups);
      ++result.cases;
      if (reach && !reach->complete() && result.detail.empty())
        result.detail = fmt::format("G = {}, {} channel a group: an output depends on {} of {}",
                                    groups, channels, reach->fewest, reach->in_channels);
    }
  }
  return result;
}

CheckResult pointwise_rank() {
  CheckResult result;
  // Whether W x = 0 for some x over {-1, 0, 1} that is not 0.
  const auto loses = [](const std::vector<std::int64_t>& w, std::size_t in) {
    bool found = false;
    for_each_ternary(in, [&](const std::vector<std::int64_t>& x) {
      bool zero = true;
      for (std::size_t m = 0; m < w.size() / in; ++m)
        zero = zero && std::inner_product(x.begin(), x.end(),
                                          w.begin() + static_cast<std::ptrdiff_t>(m * in),
                                          std::int64_t{0}) == 0;
      found = zero && std::any_of(x.begin(), x.end(), [](auto v) { return v != 0; });
      return !found;
    });
    return found;
  };
  // From two channels to one: every layer loses something; from two to two the identity nothing.
  for_each_ternary(2, [&](const std::vector<std::int64_t>& w) {
    result.holds = result.holds && loses(w, 2);
    ++result.cases;
    return true;
  });
  result.holds = result.holds && !loses({1, 0, 0, 1}, 2);
  ++result.cases;
  result.detail = "w = [1, 1] maps [1, -1] to 0; w = [[1, 0], [0, 1]] only 0";
  return result;
}

}  // namespace convcheck::properties::textbook
