// SPDX-License-Identifier: Apache-2.0
// Tests by ranks, exact where samples are few, and the correction for many of them at once.
#pragma once

#include <span>
#include <vector>

namespace convcheck::benchmarks {

/// Two-sided p of the hypothesis that both sets of samples come from one distribution (Mann and
/// Whitney 1947). Up to 60 samples in all: exact, given the ties there are, twice the smaller tail;
/// beyond: normal, corrected for ties and continuity. 1 if either is empty.
double mann_whitney_p(std::span<const double> a, std::span<const double> b);

/// Two-sided p of the hypothesis that the differences are symmetric about 0 (Wilcoxon 1945).
/// Differences of 0 are left out. Up to 60: exact, given the ties there are; beyond: normal. 1 of
/// none.
double signed_rank_p(std::span<const double> differences);

/// Each p adjusted so that, over all of them together, the probability of one false "p <= alpha" is
/// at most alpha, however they depend on each other (Holm 1979): in order of the p, the largest so
/// far of min(1, (n - rank) p).
std::vector<double> holm_adjusted(std::span<const double> p);

}  // namespace convcheck::benchmarks
