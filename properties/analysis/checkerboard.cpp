// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/checkerboard.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "core/geometry.hpp"
#include "core/wide.hpp"

namespace convcheck::properties {
namespace {

// One line of the spectrum; the angle is reduced in integers, so that large periods stay exact.
double line(const std::vector<std::int64_t>& sums, std::size_t j, double total) {
  std::complex<double> value = 0;
  for (std::size_t r = 0; r < sums.size(); ++r) {
    const double turn = static_cast<double>(r * j % sums.size()) / static_cast<double>(sums.size());
    value += std::polar(static_cast<double>(sums[r]), -2 * std::numbers::pi * turn);
  }
  return std::abs(value) / total;
}

bool all_equal(const std::vector<std::int64_t>& sums) {
  return std::all_of(sums.begin(), sums.end(), [&](std::int64_t s) { return s == sums[0]; });
}

// Adds every weight of `kernel` to the sum of its channel and phase.
std::vector<Integer> exact_sums(const ConvProblem& p, const ExactKernel& kernel,
                                std::int64_t channels) {
  const bool literal = static_cast<int>(kernel.shape.size()) == p.rank;
  const std::int64_t filters = literal ? 1 : p.out_channels;
  const std::int64_t inner = literal ? 1 : p.in_channels / p.groups;
  const std::int64_t phases = p.stride[0] * p.stride[1] * p.stride[2];
  std::vector<Integer> sums(static_cast<std::size_t>(channels * phases));
  std::size_t at = 0;
  for (std::int64_t m = 0; m < filters; ++m) {
    const std::int64_t group = literal ? 0 : m / (p.out_channels / p.groups);
    for (std::int64_t c = 0; c < inner; ++c) {
      Axes w{};
      for (w[0] = 0; w[0] < p.w_extent[0]; ++w[0])
        for (w[1] = 0; w[1] < p.w_extent[1]; ++w[1])
          for (w[2] = 0; w[2] < p.w_extent[2]; ++w[2]) {
            std::int64_t phase = 0;
            for (std::size_t a = 0; a < 3; ++a) {
              const std::int64_t t =
                  p.orientation == Orientation::kConvolution ? p.w_extent[a] - 1 - w[a] : w[a];
              phase =
                  phase * p.stride[a] + floor_mod(t * p.dilation[a] - p.pad_begin[a], p.stride[a]);
            }
            sums[static_cast<std::size_t>((group * inner + c) * phases + phase)] +=
                kernel.units[at++];
          }
    }
  }
  return sums;
}

}  // namespace

bool AxisOverlap::even() const { return all_equal(phase_sums); }

Result<AxisOverlap> axis_overlap(const std::vector<AxisStep>& steps) {
  // Quadratic in the period.
  constexpr std::int64_t kMaxPeriod = 2048;
  CONVCHECK_ASSIGN(const TapPaths paths, tap_paths(steps));
  AxisOverlap overlap;
  overlap.period = paths.period;
  overlap.phase_sums.clear();
  for (const auto& phase : paths.phases) overlap.phase_sums.push_back(total_paths(phase));
  if (paths.period > kMaxPeriod)
    return fail(ErrorCode::kUnsupported, "not given: it repeats after more than {} positions only",
                kMaxPeriod);
  double total = 0;
  for (const std::int64_t s : overlap.phase_sums) total += static_cast<double>(s);
  for (std::size_t j = 1; j <= overlap.phase_sums.size() / 2; ++j)
    overlap.spectrum.push_back(overlap.even() ? 0 : line(overlap.phase_sums, j, total));
  return overlap;
}

double overlap_index(const std::vector<AxisOverlap>& axes) {
  double most = 1;
  double least = 1;
  double mean = 1;
  for (const AxisOverlap& axis : axes) {
    const auto [low, high] = std::minmax_element(axis.phase_sums.begin(), axis.phase_sums.end());
    most *= static_cast<double>(*high);
    least *= static_cast<double>(*low);
    double total = 0;
    for (const std::int64_t s : axis.phase_sums) total += static_cast<double>(s);
    mean *= total / static_cast<double>(axis.period);
  }
  return mean == 0 ? 0 : (most - least) / mean;
}

bool overlaps_evenly(const AxisStep& step) {
  return step.taps % step.stride == 0 && std::gcd(step.dilation, step.stride) == 1;
}

std::string overlap_reason(const AxisStep& step) {
  const std::int64_t common = std::gcd(step.dilation, step.stride);
  const char* taps = step.taps == 1 ? "tap is" : "taps are";
  if (step.stride == 1) return "stride 1: every position meets every tap";
  if (common != 1)
    return fmt::format("dilation {} and stride {} share the factor {}: {} of {} phases meet no tap",
                       step.dilation, step.stride, common, step.stride - step.stride / common,
                       step.stride);
  if (step.taps % step.stride != 0)
    return fmt::format("{} {} not divisible by stride {}", step.taps, taps, step.stride);
  return fmt::format(
      "{} {} divisible by stride {}{}", step.taps, taps, step.stride,
      step.dilation == 1
          ? ""
          : fmt::format(", and dilation {} has no factor in common with it", step.dilation));
}

Result<PhaseSums> phase_sums(const ConvProblem& p, const ExactKernel& kernel) {
  const Shape taps(p.w_extent.begin() + p.first_axis(), p.w_extent.end());
  if (kernel.shape != taps && kernel.shape != p.w_shape())
    return fail(ErrorCode::kBadInput, "the kernel has shape {}; the weights have {}, one filter {}",
                to_string(kernel.shape), to_string(p.w_shape()), to_string(taps));
  PhaseSums result;
  result.period = p.stride;
  result.channels = kernel.shape == taps ? 1 : p.in_channels;
  Int128 count = result.channels;
  for (const std::int64_t s : p.stride) {
    count *= s;
    if (count > (Int128{1} << 22))
      return fail(ErrorCode::kUnsupported, "not given: it has more than 2^22 phase sums");
  }
  const std::vector<Integer> sums = exact_sums(p, kernel, result.channels);
  const std::size_t phases = sums.size() / static_cast<std::size_t>(result.channels);
  for (std::size_t c = 0; c * phases < sums.size(); ++c) {
    const auto begin = sums.begin() + static_cast<std::ptrdiff_t>(c * phases);
    const auto end = begin + static_cast<std::ptrdiff_t>(phases);
    const auto [low, high] = std::minmax_element(begin, end);
    const Integer total = std::accumulate(begin, end, Integer(0));
    Rational index = Rational(*high - *low) * kernel.scale;
    if (total != 0) index = Rational((*high - *low) * phases, abs(total));
    for (auto sum = begin; sum != end; ++sum)
      result.sums.push_back(reference::round_to_double(Rational(*sum) * kernel.scale));
    result.index.push_back(reference::round_to_double(index));
    result.mean_is_zero.push_back(total == 0);
    result.even.push_back(*low == *high);
  }
  result.worst = std::max_element(result.index.begin(), result.index.end()) - result.index.begin();
  return result;
}

}  // namespace convcheck::properties
