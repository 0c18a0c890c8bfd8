// SPDX-License-Identifier: Apache-2.0
// The faults planted in the oracle for its own tests, by name.
#pragma once

#include <string_view>
#include <vector>

#include "reference/solver.hpp"

namespace convcheck::reference {

struct PlantedFault {
  std::string_view name;
  Faults faults;
};

/// All of them. "environment-not-probed" changes no output: only a changed floating-point
/// environment shows it.
inline std::vector<PlantedFault> planted_faults() {
  std::vector<PlantedFault> list;
  const auto plant = [&](std::string_view name) -> Faults& {
    list.push_back({name, {}});
    return list.back().faults;
  };
  plant("interval-5-percent-short").interval_scale = 0.95;
  plant("interval-halved").interval_scale = 0.5;
  plant("interval-left-out").interval_scale = 0;
  plant("exactness-limit-too-high").exact_limit_scale = 0x1p100;
  plant("no-fallback").fallback = false;
  plant("exactness-forgets-bias").bias_in_unit = false;
  plant("wgrad-counts-terms-of-conv").count_depth = false;
  plant("zero-by-interval").zero_needs_integers = false;
  plant("padding-multiplied").skip_padding = false;
  plant("bf16-and-f16-through-f32").through_f32 = true;
  plant("subnormals-flushed").flush_subnormals = true;
  plant("two-bins-without-error").bins_error_scale = 0;
  plant("two-bins-without-sigma").sigma_factor = 0;
  plant("zero-points-ignored").zero_points = false;
  plant("environment-not-probed").probe_environment = false;
  plant("ties-away").rounding = Rounding::kTiesAway;
  plant("sticky-bit-dropped").rounding = Rounding::kNoSticky;
  return list;
}

}  // namespace convcheck::reference
