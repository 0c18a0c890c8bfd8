// SPDX-License-Identifier: Apache-2.0
// What an output position sees of the input: how much, where, and in which steps.
#pragma once

#include <cstdint>
#include <vector>

#include "properties/analysis/tap_paths.hpp"

namespace convcheck::properties {

/// On one axis, between the ends of the tensors. Sources: Araujo, Norris and Sim, Computing
/// receptive fields of convolutional neural networks, Distill 2019; deconvolutions by enumeration.
struct ReceptiveField {
  /// From the first to the last position that an output reads; with deconvolutions, of the phase
  /// that has most.
  std::int64_t size = 1;
  /// Outputs that are `period` apart see fields that are `shift` apart; 1 without deconvolutions.
  std::int64_t period = 1;
  std::int64_t shift = 1;
  /// The input position where the field of output 0 begins (of phase r, the field of output r);
  /// negative in the padding. [period]; a phase that reads nothing has size 0.
  std::vector<std::int64_t> begins;
  std::vector<std::int64_t> sizes;

  /// The middle of the field of output `r`: begin + (size - 1) / 2.
  [[nodiscard]] double centre(std::size_t r) const {
    return static_cast<double>(begins[r]) + static_cast<double>(sizes[r] - 1) / 2;
  }
};

/// Closed form for convolutions alone,
///
///   jump_i = product of s_j over j < i,   size = 1 + sum of (k_i - 1) d_i jump_i,
///   begin = - sum of p_i jump_i,
///
/// else from tap_paths. kUnsupported beyond position 2^62, or where tap_paths refuses.
Result<ReceptiveField> receptive_field(const std::vector<AxisStep>& steps);

/// Output positions that lose no path of taps to the padding of any step.
struct Interior {
  std::int64_t count = 0;
  std::int64_t first = 0;  ///< Without meaning if count is 0.
  std::int64_t last = -1;
};

/// By enumeration: those that all the paths of their phase reach. kUnsupported as tap_paths.
Result<Interior> interior(const std::vector<AxisStep>& steps);

}  // namespace convcheck::properties
