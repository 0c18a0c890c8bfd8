// SPDX-License-Identifier: Apache-2.0
// Results against the oracle, and results against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "properties/bounds.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

/// The first element of `found` that is farther from the oracle's value than its bound, with the
/// number of all such elements; nothing if there is none. A bound of 0 asks for equal numbers:
/// zeros of both signs are equal, a NaN equals a NaN, an Inf the same Inf. `found` has the oracle's
/// type and shape.
std::optional<Discrepancy> first_violation(const Tensor& found,
                                           const reference::OracleResult& oracle,
                                           const OutputBounds& bounds, std::string_view operand);

/// The first element whose bits differ, with the number of all such elements; same type and shape.
std::optional<Discrepancy> first_bit_difference(const Tensor& found, const Tensor& expected,
                                                std::string_view operand);

/// How accurate one result is. Errors are taken against the correctly rounded value v of the exact
/// y, so an error in units in the last place is that against y within half a unit.
struct AccuracyStats {
  std::int64_t outputs = 0;            ///< With a finite bound and a finite value.
  std::int64_t correctly_rounded = 0;  ///< found == v.
  double max_ulps = 0;                 ///< max |found - v| / ulp(v).
  double mean_ulps = 0;
  double max_bound_used = 0;     ///< max |found - v| / bound; bounds of 0 left out.
  double max_error_over_us = 0;  ///< max |found - v| / (u S): Demmel's ratio.
  std::int64_t unpromised = 0;   ///< Outputs with an infinite bound, or not finite.
};

AccuracyStats accuracy(const Tensor& found, const reference::OracleResult& oracle,
                       const OutputBounds& bounds);

}  // namespace convcheck::properties
