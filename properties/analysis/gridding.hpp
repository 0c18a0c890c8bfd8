// SPDX-License-Identifier: Apache-2.0
// Which positions of its receptive field a chain of convolutions really reads, and how often.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "properties/analysis/tap_paths.hpp"

namespace convcheck::properties {

/// A step in positions of the chain's input: `taps` taps, `rate` apart. The rate is the dilation
/// times the strides of all steps before.
struct Rate {
  std::int64_t taps = 1;
  std::int64_t rate = 1;
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// The first step, by ascending rate, that skips what the smaller rates cannot fill.
struct Gap {
  Rate step;
  std::int64_t filled = 0;  ///< The smaller rates reach 0, ..., filled; filled + 1 is a hole.
};

/// The rates of the steps of more than one tap, in order. kUnsupported with a deconvolution (what
/// is read depends on the phase) and for rates of 2^62 and more.
Result<std::vector<Rate>> tap_rates(const std::vector<AxisStep>& steps);

/// The exact rule. The positions {sum of rate_i t_i, 0 <= t_i < taps_i} are 0, 1, ..., the whole
/// receptive field, if and only if, rates in ascending order,
///
///   rate_(i) <= 1 + sum over j < i of (taps_(j) - 1) rate_(j)      (so rate_(1) = 1).
///
/// If: by induction, 0..M and its copies rate apart leave no gap while rate <= M + 1. Only if:
/// with the first i that breaks it, M + 1 is more than all smaller rates together and less than any
/// of the others. Nothing if there is no gap.
std::optional<Gap> first_gap(std::vector<Rate> rates);

/// The published rule, M_2 <= K with M_n = r_n and M_i = max(M_{i+1} - 2 r_i, 2 r_i - M_{i+1},
/// r_i), of Wang et al., Understanding convolution for semantic segmentation, WACV 2018, 3.2. The
/// rates in the order of the steps; nothing for fewer than two.
std::optional<std::int64_t> published_bound(const std::vector<Rate>& rates);

struct Gridding {
  std::vector<Rate> rates;
  std::optional<Gap> gap;
  std::int64_t span = 1;   ///< Size of the receptive field.
  std::int64_t holes = 0;  ///< Positions of it that no path reaches.
  /// Greatest common divisor of the rates: all that is read lies on this lattice, so that (at
  /// stride 1) as many interleaved signals never meet.
  std::int64_t lattice = 1;
  /// Positions from the field's begin, ascending, with the number of paths to each.
  std::vector<Reached> reached;
  /// How many positions are reached by so many paths, holes (0 paths) included.
  std::map<std::int64_t, std::int64_t> histogram;
  /// M_2 of the published rule, if it speaks of this chain (two steps or more, of equal taps).
  std::optional<std::int64_t> published;
  [[nodiscard]] bool published_says_dense() const {
    return published && *published <= rates.front().taps;
  }
  [[nodiscard]] bool published_errs() const {
    return published && published_says_dense() != !gap.has_value();
  }
};

/// kUnsupported as tap_rates and tap_paths.
Result<Gridding> gridding(const std::vector<AxisStep>& steps);

}  // namespace convcheck::properties
