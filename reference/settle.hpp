// SPDX-License-Identifier: Apache-2.0
// From sums and their error bounds to values of the written type: what a pass settles by itself.
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.hpp"
#include "reference/faults.hpp"
#include "reference/oracle.hpp"
#include "reference/source.hpp"

namespace convcheck::reference {

/// What the proof (docs/numerics.md) makes of a problem and its data.
struct Certificate {
  ElementType to = ElementType::kF32;
  double exact_limit = 0;       ///< S, scaled, below which all f64 sums are exact.
  double error_factor = 0;      ///< Times S: bounds the error of an f64 sum, and that of S.
  double bins_exact_limit = 0;  ///< S below which two bins are exact.
  double bins_factor = 0;       ///< Times S: bounds the error of two bins.
  int scale = 0;                ///< Bins and their S are those of 2^scale times the terms.

  const Faults* faults = nullptr;  ///< Those that a test plants.

  [[nodiscard]] double round(double v) const {
    return faults == nullptr ? round_to_type(to, v) : convert(faults->conversion, to, v);
  }
  /// Whether an interval that rounds to zero certifies: an integer type has only one zero.
  [[nodiscard]] bool accepts_zero() const {
    return traits(to).is_integer || (faults != nullptr && !faults->zero_needs_integers);
  }
};

/// For every i where the error bound leaves one value, replaces the f64 sum by that value of the
/// written type, S by its upper bound, and says how; other i are appended to `unsettled`, from
/// `first` on, and keep their sums.
void settle_sums(const Certificate&, std::int64_t count, double* value, double* sum_abs, Tier* tier,
                 std::int64_t first, std::vector<std::int32_t>& unsettled);

/// Whether value + low, scaled sums of two bins whose sum of magnitudes came to `sum_abs`, leave
/// one value of the written type, which then, without the scale, replaces `value`.
bool settle_bins(const Certificate&, double& value, double low, double sum_abs);

/// Whether all sums of a pass are exact whose scaled sum of magnitudes came to `sum_abs`.
inline bool is_exact(const Certificate& c, double sum_abs) { return sum_abs < c.exact_limit; }

/// Sums of two bins of several outputs, scaled, as settle_bins has them of one.
struct BinResults {
  const double* value;
  const double* low;
  const double* sum_abs;
};

/// settle_bins of many: value[i], tier[i] and (unless null) upper[i], an upper bound for S; the i
/// that it leaves open are appended to `unsettled`, from `first` on, their value without meaning.
void settle_bins(const Certificate&, std::int64_t count, const BinResults&, double* value,
                 double* upper, Tier* tier, std::int64_t first,
                 std::vector<std::int32_t>& unsettled);

/// An upper bound for S from the scaled sum of a pass.
double upper_bound(const Certificate&, double sum_abs);

/// Stores values of the type (NaN as 0 in an integer type) to elements first, first + step, ...
void store_values(ElementType to, const double* values, std::int64_t count, std::byte* data,
                  std::int64_t first, std::int64_t step);

}  // namespace convcheck::reference
