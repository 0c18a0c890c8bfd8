// SPDX-License-Identifier: Apache-2.0
// The faults planted in the oracle for its own tests, by name.
#pragma once

#include <string_view>
#include <vector>

#include "reference/faults.hpp"

namespace convcheck::reference {

struct PlantedFault {
  std::string_view name;
  Faults faults;
  bool in_vectors = true;  ///< false: shown by no value and no S, or not by the same on all CPUs.
};

/// All of them.
inline std::vector<PlantedFault> planted_faults() {
  using enum Faults::Conversion;
  std::vector<PlantedFault> list;
  const auto plant = [&](std::string_view name) -> Faults& {
    list.push_back({name, {}});
    return list.back().faults;
  };
  plant("interval-5-percent-short").interval_scale = 0.95;
  plant("interval-halved").interval_scale = 0.5;
  plant("interval-left-out").interval_scale = 0;
  plant("height-of-one-block").count_blocks = false;
  plant("wgrad-counts-terms-of-conv").count_depth = false;
  plant("terms-without-bias").count_bias = false;
  list.back().in_vectors = false;  // One of two spare units goes, which no data need.
  plant("sum-of-magnitudes-without-bias").bias_in_sum_abs = false;
  plant("sum-of-magnitudes-not-rounded-up").bound_sum_abs = false;
  plant("no-fallback").fallback = false;
  plant("exactness-limit-too-high").exact_limit_scale = 0x1p100;
  plant("exactness-window-off-by-one-bit").exact_limit_scale = 2;
  plant("exactness-forgets-weights").fixed_in_unit = false;
  plant("exactness-forgets-bias").bias_in_unit = false;
  plant("zero-by-interval").zero_needs_integers = false;
  plant("two-bins-without-error").bins_error_scale = 0;
  plant("two-bins-without-sigma").sigma_factor = 0;
  list.back().in_vectors = false;  // Fused or not is not the same then.
  plant("two-bins-sigma-too-small").sigma_factor = kSigmaFactor / 16;
  plant("two-bins-take-products-for-exact").product_errors = false;
  list.back().in_vectors = false;  // A fused operation does not.
  plant("two-bins-ends-rounded-twice").ends_to_odd = false;
  plant("scale-not-undone").undo_scale = false;
  plant("bf16-and-f16-through-f32").conversion = kThroughF32;
  plant("ties-away").conversion = kTiesAway;
  plant("rounded-toward-zero").conversion = kTowardZero;
  plant("overflow-to-the-largest").conversion = kOverflowLimited;
  plant("sign-of-zero-lost").conversion = kZeroUnsigned;
  plant("subnormal-results-flushed").conversion = kFlushed;
  plant("ties-of-integers-away").rounding = Rounding::kTiesAway;
  plant("sticky-bit-of-integers-dropped").rounding = Rounding::kNoSticky;
  plant("padding-multiplied").skip_padding = false;
  plant("nan-not-propagated").propagate_nan = false;
  plant("zero-points-ignored").zero_points = false;
  plant("subnormals-flushed").flush_subnormals = true;
  list.back().in_vectors = false;  // Conversions flush or not.
  plant("environment-not-probed").probe_environment = false;
  list.back().in_vectors = false;
  return list;
}

}  // namespace convcheck::reference
