// SPDX-License-Identifier: Apache-2.0
// Checkerboard artefacts: what a constant input becomes behind a stride that is undone.
#pragma once

#include <string>
#include <vector>

#include "properties/analysis/exact_kernel.hpp"
#include "properties/analysis/tap_paths.hpp"

namespace convcheck::properties {

/// The overlap on one axis: how many paths of taps lead to each output position, which repeats with
/// `period` away from the borders. Axes are independent: in n dimensions the overlap is the
/// product.
struct AxisOverlap {
  std::int64_t period = 1;
  /// [period]: S_r, the paths to positions r mod period. For one deconvolution the number of taps t
  /// with t*d = r + p mod s.
  std::vector<std::int64_t> phase_sums{1};
  /// |sum of S_r exp(-2 pi i r j / period)| / sum of S_r for j = 1, ..., floor(period / 2): the
  /// lines at the frequencies j / period. All 0 if and only if the overlap is even.
  std::vector<double> spectrum;

  [[nodiscard]] bool even() const;
};

/// kUnsupported where tap_paths refuses.
Result<AxisOverlap> axis_overlap(const std::vector<AxisStep>& steps);

/// (max S - min S) / mean S over the phases of all axes, S their product; 0 if nothing is reached.
/// Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts, Distill 2016.
double overlap_index(const std::vector<AxisOverlap>& axes);

/// A single step that goes from y to x (a deconvolution, or the backward data of a convolution)
/// overlaps evenly if and only if
///
///   s divides k   and   gcd(d, s) = 1.
///
/// t*d mod s runs through the multiples of gcd(d, s) only; if that is 1, t -> t*d permutes the
/// residues, and every residue has as many t in 0..k-1 as any other if and only if s divides k.
bool overlaps_evenly(const AxisStep& step);
/// The rule with its numbers: "3 taps are not divisible by stride 2".
std::string overlap_reason(const AxisStep& step);

/// The response to a constant 1 of the problem's deconvolution (for a conv: of its backward data),
/// away from the borders.
struct PhaseSums {
  Axes period{1, 1, 1};       ///< The stride.
  std::int64_t channels = 1;  ///< Channels of x; 1 for a literal kernel.
  /// [channels, period.d, period.h, period.w]: the sum of the weights of every m of the channel's
  /// group and every tap that falls on the phase, exact and then rounded once.
  std::vector<double> sums;
  /// [channels]: (max S - min S) / |mean S|; where the mean is 0, max S - min S.
  std::vector<double> index;
  std::vector<bool> mean_is_zero;  ///< [channels]
  std::vector<bool> even;          ///< [channels]: all phases exactly equal.
  std::int64_t worst = 0;          ///< The channel with the largest index.
};

/// `kernel` has the shape of the weights or, as one filter of one channel, of their taps. Bias is
/// left out: it is even. kBadInput for another shape; kUnsupported for more than 2^22 sums.
Result<PhaseSums> phase_sums(const ConvProblem& p, const ExactKernel& kernel);

}  // namespace convcheck::properties
