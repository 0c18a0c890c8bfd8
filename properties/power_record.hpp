// SPDX-License-Identifier: Apache-2.0
// The power of whole suites, measured once and recorded: measuring takes longer than validating.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "properties/validate.hpp"

namespace convcheck::properties {

/// What measure_power came to on a suite, with seed 1 and all passes.
struct PowerRecord {
  std::string_view suite;
  std::uint64_t problems = 0;  ///< problems_hash of the suite.
  Profile profile = Profile::kStandard;
  int version = 0;  ///< kProfileVersion.
  std::vector<int> threads;
  std::int64_t faults = 0;  ///< Planted bugs that there were.
  std::vector<std::string_view> missed;
};

/// All records; a test measures some of each anew.
const std::vector<PowerRecord>& power_records();

/// Of the problems' canonical names, in order.
std::uint64_t problems_hash(std::span<const SuiteLine>);

/// The record whose cases such a run asks; null where there is none: other problems, another
/// version, fewer passes or numbers of threads.
const PowerRecord* recorded_power(std::span<const SuiteLine>, const ValidateOptions&);

}  // namespace convcheck::properties
