// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rank_tests.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace convcheck::benchmarks {
namespace {

constexpr std::size_t kExact = 60;

// Twice the rank of each value, ties sharing their mean rank: whole numbers, so exact tails count.
std::vector<int> doubled_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<int> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (std::size_t k = first; k < last; ++k)
      ranks[order[k]] = static_cast<int>(first + 1 + last);  // 2 * mean of first+1 ... last
    first = last;
  }
  return ranks;
}

// Sum over groups of t equal values of t^3 - t.
double tie_term(std::vector<int> ranks) {
  std::sort(ranks.begin(), ranks.end());
  double sum = 0;
  for (auto first = ranks.begin(); first != ranks.end();) {
    const auto last = std::upper_bound(first, ranks.end(), *first);
    const auto t = static_cast<double>(last - first);
    sum += t * t * t - t;
    first = last;
  }
  return sum;
}

// Twice the smaller tail of `counts`, a distribution over sums, at `observed`.
double two_sided(const std::vector<double>& counts, int observed) {
  const auto at = counts.begin() + observed;
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double lower = std::accumulate(counts.begin(), at + 1, 0.0);
  const double upper = std::accumulate(at, counts.end(), 0.0);
  return std::min(1.0, 2 * std::min(lower, upper) / all);
}

// |deviation| less the continuity correction, in standard deviations, both tails.
double normal_p(double deviation, double continuity, double variance) {
  if (variance <= 0) return 1;
  const double z = std::max(0.0, std::abs(deviation) - continuity) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
}

}  // namespace

double mann_whitney_p(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty()) return 1;
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const std::vector<int> ranks = doubled_ranks(all);
  const int observed =
      std::accumulate(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(a.size()), 0);
  const auto n = static_cast<double>(all.size());
  if (all.size() > kExact) {
    const auto n_a = static_cast<double>(a.size());
    const auto n_b = static_cast<double>(b.size());
    const double variance = n_a * n_b / 12 * (n + 1 - tie_term(ranks) / (n * (n - 1)));
    return normal_p(observed / 2.0 - n_a * (n + 1) / 2, 0.5, variance);
  }
  // ways[k][s]: subsets of k of the ranks seen so far whose doubled ranks sum to s.
  const int total = std::accumulate(ranks.begin(), ranks.end(), 0);
  const auto width = static_cast<std::size_t>(total) + 1;
  std::vector<std::vector<double>> ways(a.size() + 1, std::vector<double>(width, 0));
  ways[0][0] = 1;
  for (const int rank : ranks) {
    for (std::size_t k = a.size(); k >= 1; --k) {
      for (std::size_t s = width - 1; s >= static_cast<std::size_t>(rank); --s)
        ways[k][s] += ways[k - 1][s - static_cast<std::size_t>(rank)];
    }
  }
  return two_sided(ways[a.size()], observed);
}

double signed_rank_p(std::span<const double> differences) {
  std::vector<double> sizes;
  std::vector<bool> positive;
  for (const double d : differences) {
    if (d == 0) continue;
    sizes.push_back(std::abs(d));
    positive.push_back(d > 0);
  }
  if (sizes.empty()) return 1;
  const std::vector<int> ranks = doubled_ranks(sizes);
  int observed = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) observed += positive[i] ? ranks[i] : 0;
  if (ranks.size() > kExact) {
    const auto n = static_cast<double>(ranks.size());
    const double variance = n * (n + 1) * (2 * n + 1) / 24 - tie_term(ranks) / 48;
    return normal_p(observed / 2.0 - n * (n + 1) / 4, 0.5, variance);
  }
  // ways[s]: choices of signs whose positive doubled ranks sum to s.
  const int total = std::accumulate(ranks.begin(), ranks.end(), 0);
  std::vector<double> ways(static_cast<std::size_t>(total) + 1, 0);
  ways[0] = 1;
  for (const int rank : ranks) {
    for (std::size_t s = ways.size() - 1; s >= static_cast<std::size_t>(rank); --s)
      ways[s] += ways[s - static_cast<std::size_t>(rank)];
  }
  return two_sided(ways, observed);
}

std::vector<double> holm_adjusted(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return p[i] < p[j]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - k) * p[order[k]]));
    adjusted[order[k]] = largest;
  }
  return adjusted;
}

}  // namespace convcheck::benchmarks
